import type { PathOf } from "../model/loaded-model.ts";
import { invalidInput, type Problem } from "../problem.ts";

/** Rows of named values taken out of a protocol's request, and where each value stood in it. */
export interface ProtocolRows {
  readonly rows: readonly unknown[];
  readonly pathOf: PathOf;
}

/** An object of anything. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object and not an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The 422 for one part of a request whose form is wrong. */
export function badField(path: string, detail: string): Problem {
  return invalidInput([{ path, detail }]);
}
