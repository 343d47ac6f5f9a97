import type { LoadedModel, PathOf, Row, Scores } from "./loaded-model.ts";
import type { Signature } from "./model-file.ts";
import type { ModelPackage } from "./package.ts";
import type { Scorer, ScoreListener } from "./scorer.ts";
import { compileValidator, type RowValidator } from "./validator.ts";

/** What a served model is made of. */
export interface ServedModelParts {
  readonly name: string;
  readonly version: string;
  readonly pack: ModelPackage;
  readonly signature: Signature;
  readonly scorer: Scorer;
  readonly maxRows: number;
}

/** A loaded version: its compiled validator and its session, under one identity. */
export class ServedModel implements LoadedModel {
  readonly name: string;
  readonly version: string;
  readonly package: ModelPackage;
  readonly signature: Signature;
  readonly #scorer: Scorer;
  readonly #validate: RowValidator;

  constructor({ name, version, pack, signature, scorer, maxRows }: ServedModelParts) {
    this.name = name;
    this.version = version;
    this.package = pack;
    this.signature = signature;
    this.#scorer = scorer;
    this.#validate = compileValidator(pack, maxRows);
  }

  /** Rows waiting for this version or being scored. */
  get queuedRows(): number {
    return this.#scorer.queuedRows;
  }

  validate(rows: readonly unknown[], pathOf?: PathOf): Row[] {
    return this.#validate(rows, pathOf);
  }

  score(rows: readonly Row[], asked = true): Promise<Scores> {
    return this.#scorer.score(rows, asked);
  }

  /** Reports every run from now on with what callers asked; the example row that proves a version is not counted. */
  listen(listener: ScoreListener): void {
    this.#scorer.listener = listener;
  }

  /** Frees the session after its last run. */
  release(): Promise<void> {
    return this.#scorer.release();
  }
}
