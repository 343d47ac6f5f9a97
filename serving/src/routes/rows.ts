import { keysInOrder, parseJson } from "../json.ts";
import type { PathOf } from "../model/loaded-model.ts";
import { escapePointer, jsonPointer, MAX_FAULTS } from "../model/validator.ts";
import { invalidInput, Problem, type Fault } from "../problem.ts";

/** The rows of a `/predict` body and how their faults are to be pointed at. */
export interface RequestRows {
  readonly rows: readonly unknown[];
  readonly pathOf: PathOf;
  /** One object was sent, so one object is answered. */
  readonly single: boolean;
}

type Columns = Record<string, unknown>;

/**
 * Reads the forms that `/predict` accepts: an object of named features, an array of them, or the
 * object of columns that pandas' `to_json()` writes; each also as a JSON string that holds it.
 *
 * An object is column-oriented when one of its members is itself an object: no feature's value ever
 * is. Rows then are the labels of all columns, in the order they are written.
 */
export function readRows(body: unknown, text: string, maxDepth: number): RequestRows {
  if (typeof body === "string") {
    const inner = parseJson(body, maxDepth);
    if (typeof inner === "string") {
      throw new Problem(400, "malformed", "The body is a JSON string inside a JSON string.");
    }
    return readRows(inner, body, maxDepth);
  }
  if (Array.isArray(body)) return { rows: body, pathOf: jsonPointer, single: false };
  if (isObject(body) && Object.values(body).some(isObject)) return readColumns(body, text);
  return { rows: [body], pathOf: fieldPointer, single: true };
}

function readColumns(columns: Columns, text: string): RequestRows {
  const rows = new Map<string, Columns>();
  for (const label of keysInOrder(text, 2)) {
    // Without a prototype, a column named __proto__ is a field like any other.
    if (!rows.has(label)) rows.set(label, Object.create(null) as Columns);
  }
  const faults: Fault[] = [];
  for (const [name, column] of Object.entries(columns)) {
    if (!isObject(column)) {
      const detail = "must be an object of row label and value, as the other columns are";
      faults.push({ path: fieldPointer(0, name), detail });
      continue;
    }
    for (const [label, value] of Object.entries(column)) {
      const row = rows.get(label);
      if (row !== undefined) row[name] = value;
    }
  }
  if (faults.length > 0) throw invalidInput(faults.slice(0, MAX_FAULTS), faults.length);
  const labels = [...rows.keys()].map(escapePointer);
  return {
    rows: [...rows.values()],
    pathOf: (row, field) =>
      field === undefined ? "" : `/${escapePointer(field)}/${labels[row] ?? ""}`,
    single: false,
  };
}

function fieldPointer(_row: number, field?: string): string {
  return field === undefined ? "" : `/${escapePointer(field)}`;
}

function isObject(value: unknown): value is Columns {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
