import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";

import { invalidInput, Problem, type Fault } from "../problem.ts";
import type { PathOf, Row } from "./loaded-model.ts";
import { isWritten, secondsOf } from "./moment.ts";
import { isText, type ModelPackage } from "./package.ts";
import { booleanTexts, OFFSET, requestSchema } from "./request-schema.ts";
import { faultText } from "./validator-text.ts";

/** Faults listed in one answer; more are only counted. */
export const MAX_FAULTS = 100;

/** Checks request rows and turns them into feature order. */
export type RowValidator = (rows: readonly unknown[], pathOf?: PathOf) => Row[];

/**
 * Compiles a model's request schema once. The validator throws a 422 Problem that names every bad
 * field of every row (the first 100), a 413 Problem above `maxRows`.
 */
export function compileValidator(pack: ModelPackage, maxRows: number): RowValidator {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
  ajv.addKeyword({
    keyword: OFFSET,
    type: "string",
    schemaType: "boolean",
    // Another form is the pattern's to refuse.
    validate: (offset: boolean, text: string) =>
      !isWritten(text) || !Number.isNaN(secondsOf(text, offset)),
  });
  const isValid = ajv.compile<Record<string, unknown>>(requestSchema(pack));
  const toRow = rowReader(pack);
  const mostFields = 2 * pack.features.length + MAX_FAULTS;

  return (rows, pathOf = jsonPointer) => {
    if (rows.length > maxRows) {
      const detail = `${rows.length} rows; at most ${maxRows} are scored at once. Send fewer.`;
      throw new Problem(413, "too-large", detail);
    }
    if (rows.length === 0) {
      throw invalidInput([{ path: "", detail: "holds no row; send at least one" }]);
    }
    const result = new Array<Row>(rows.length);
    const faults: Fault[] = [];
    let total = 0;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i];
      if (!tooWide(row, mostFields) && isValid(row)) {
        if (total === 0) result[i] = toRow(row);
        continue;
      }
      if (tooWide(row, mostFields)) {
        total += 1;
        const detail = `has far more fields than the model's ${pack.features.length}`;
        if (faults.length < MAX_FAULTS) faults.push({ path: pathOf(i), detail });
        continue;
      }
      const errors = isValid.errors ?? [];
      total += errors.length;
      const listed = errors.slice(0, MAX_FAULTS - faults.length);
      faults.push(...rowFaults(listed, pack, row, (field) => pathOf(i, field)));
    }
    if (total > 0) throw invalidInput(faults, total);
    return result;
  };
}

/** An RFC 6901 pointer to a field of a row in an array. */
export function jsonPointer(row: number, field?: string): string {
  return field === undefined ? `/${row}` : `/${row}/${escapePointer(field)}`;
}

/** Escapes one reference token of an RFC 6901 pointer. */
export function escapePointer(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}

function tooWide(row: unknown, most: number): boolean {
  return typeof row === "object" && row !== null && Object.keys(row).length > most;
}

function rowFaults(
  errors: readonly ErrorObject[],
  pack: ModelPackage,
  row: unknown,
  pathOf: (field?: string) => string,
): Fault[] {
  const values = Object(row) as Record<string, unknown>;
  return errors.map((error) => {
    const field = fieldOf(error);
    const value = field !== undefined && Object.hasOwn(values, field) ? values[field] : undefined;
    return { path: pathOf(field), detail: faultText(error, field, pack, value) };
  });
}

function fieldOf({ keyword, params, instancePath }: ErrorObject): string | undefined {
  const named = params as { missingProperty?: string; additionalProperty?: string };
  if (keyword === "required") return named.missingProperty;
  if (keyword === "additionalProperties") return named.additionalProperty;
  if (instancePath === "") return undefined;
  return instancePath.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Reads a valid object into feature order; absent and null become NaN or "". */
function rowReader({ features }: ModelPackage): (row: Record<string, unknown>) => Row {
  const names = features.map(({ name }) => name);
  const flags = features.map((feature) =>
    isText(feature) ? booleanTexts(feature.categories ?? []) : undefined,
  );
  const offsets = features.map(({ datetime }) => datetime?.offset);
  // `row.constructor` is a function on every object: such a name counts only as an own property.
  const inherited = names.map((name) => name in Object.prototype);
  return (row) => {
    const values = new Array<number | string>(names.length);
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i] ?? "";
      const own = !inherited[i] || Object.hasOwn(row, name);
      const value = (own ? row[name] : null) as number | string | boolean | null | undefined;
      const texts = flags[i];
      const offset = offsets[i];
      if (offset !== undefined) {
        values[i] = typeof value === "string" ? secondsOf(value, offset) : NaN;
      } else if (texts === undefined) values[i] = Number(value ?? NaN);
      else if (typeof value === "boolean") values[i] = texts.get(value) ?? String(value);
      else values[i] = String(value ?? "");
    }
    return values;
  };
}
