import type { Signature } from "./model-file.ts";
import type { ModelPackage } from "./package.ts";

/** A validated request row in feature order: a missing number is NaN, a missing category or text "". */
export type Row = readonly (number | string)[];

/** What the graph answered, row by row, in the order of the rows. */
export interface Scores {
  readonly rows: number;
  /** Index into `package.classes` per row; empty for a regression. */
  readonly classes: Int32Array;
  /** rows × classes, row after row; empty for a regression. */
  readonly probabilities: Float32Array;
  /** One number per row, as wide as the graph's; empty for a classification. */
  readonly values: Float32Array | Float64Array;
}

/**
 * Where a fault lies in the request body, as an RFC 6901 pointer: `row` counts from 0, `field` is
 * absent when the row as a whole is wrong. The default is `/row/field`.
 */
export type PathOf = (row: number, field?: string) => string;

/** One version of one model, ready to answer. A request takes it once and keeps to it. */
export interface LoadedModel {
  /** The registered name, e.g. `diabetes-model`. */
  readonly name: string;
  /** The registry's version, e.g. `3`; the start of the file's hash for a model from a folder. */
  readonly version: string;
  readonly package: ModelPackage;
  readonly signature: Signature;
  /** Turns objects of named features into rows. Throws a 422 Problem that names every bad field. */
  validate(rows: readonly unknown[], pathOf?: PathOf): Row[];
  /**
   * Scores rows together with those of other requests of the same event-loop turn.
   *
   * @param asked whether a caller asks about these very rows: else neither predictions nor drift count them. @default true
   */
  score(rows: readonly Row[], asked?: boolean): Promise<Scores>;
}

/** What routes need of the manager. */
export interface Models {
  /** The current version; throws the 503 Problem while none is loaded. Call once per request. */
  current(): LoadedModel;
  /** The current version, if any. */
  peek(): LoadedModel | undefined;
}
