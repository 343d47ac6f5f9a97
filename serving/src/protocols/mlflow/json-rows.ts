import type { Feature } from "../../model/package.ts";
import { escapePointer } from "../../model/validator.ts";
import { Problem } from "../../problem.ts";
import { badField, isFields, type Fields, type ProtocolRows } from "../protocol-rows.ts";

const FORMATS = ["dataframe_split", "dataframe_records", "instances", "inputs"] as const;

/**
 * Reads MLflow's four JSON formats. As in MLflow, columns that the model does not know are ignored,
 * and so is everything beside the one format (`params` too: no model here declares any).
 *
 * Source: `mlflow/pyfunc/scoring_server/__init__.py` and `utils/proto_json_utils.py` of MLflow 3.17.
 */
export function jsonRows(body: unknown, features: readonly Feature[]): ProtocolRows {
  const given = isFields(body) ? FORMATS.filter((format) => Object.hasOwn(body, format)) : [];
  const [format, second] = given;
  if (!isFields(body) || format === undefined || second !== undefined) {
    const found = given.length === 0 ? "none" : given.join(" and ");
    const detail = `The body must be an object with exactly one of ${FORMATS.join(", ")}; it has ${found}.`;
    throw new Problem(400, "malformed", detail);
  }
  const at = `/${format}`;
  const value = body[format];
  if (format === "dataframe_split") return splitRows(value, at, features);
  if (format === "dataframe_records") {
    if (!Array.isArray(value)) throw badField(at, "must be an array of records");
    return recordRows(value, at, features);
  }
  return tensorRows(value, at, features);
}

/** `{"columns": […], "index": […], "data": [[…], …]}`; without columns, values go by position. */
function splitRows(value: unknown, at: string, features: readonly Feature[]): ProtocolRows {
  if (!isFields(value)) throw badField(at, "must be an object with columns and data");
  const extra = Object.keys(value).find((key) => !["columns", "index", "data"].includes(key));
  if (extra !== undefined) {
    throw badField(`${at}/${escapePointer(extra)}`, "is none of columns, index and data");
  }
  const { columns = features.map(({ name }) => name), data } = value;
  if (!Array.isArray(columns)) throw badField(`${at}/columns`, "must be an array of names");
  if (!Array.isArray(data)) throw badField(`${at}/data`, "must be an array of rows");
  const names = columns.map(String);
  if (new Set(names).size < names.length) throw badField(`${at}/columns`, "names a column twice");
  return positionalRows(data, `${at}/data`, names, features, `${at}/columns`);
}

/** `[{"name": value, …}, …]` */
function recordRows(
  records: readonly unknown[],
  at: string,
  features: readonly Feature[],
): ProtocolRows {
  const rows = records.map((record) =>
    isFields(record)
      ? Object.fromEntries(
          features
            .filter(({ name }) => Object.hasOwn(record, name))
            .map(({ name }) => [name, record[name]]),
        )
      : record,
  );
  return {
    rows,
    pathOf: (row, field) =>
      field === undefined ? `${at}/${row}` : `${at}/${row}/${escapePointer(field)}`,
  };
}

/** TensorFlow Serving's forms: records, rows by position, or an object of columns. */
function tensorRows(value: unknown, at: string, features: readonly Feature[]): ProtocolRows {
  if (isFields(value)) return columnRows(value, at, features);
  if (!Array.isArray(value)) throw badField(at, "must be an array of rows or an object of columns");
  if (isFields(value[0])) return recordRows(value, at, features);
  const names = features.map(({ name }) => name);
  // A model of one column takes the column itself, as MLflow does.
  const items: readonly unknown[] = value;
  const flat = names.length === 1 && !Array.isArray(items[0]);
  return positionalRows(flat ? items.map((one) => [one]) : items, at, names, features, at);
}

function positionalRows(
  data: readonly unknown[],
  at: string,
  columns: readonly string[],
  features: readonly Feature[],
  columnsAt: string,
): ProtocolRows {
  const known = features
    .map(({ name }) => [name, columns.indexOf(name)] as const)
    .filter(([, index]) => index >= 0);
  const rows = data.map((row, i) => {
    if (!Array.isArray(row) || row.length !== columns.length) {
      throw badField(`${at}/${i}`, `must be an array of ${columns.length} values`);
    }
    const values: readonly unknown[] = row;
    return Object.fromEntries(known.map(([name, index]) => [name, values[index]]));
  });
  const position = new Map(known);
  return {
    rows,
    pathOf: (row, field) => {
      if (field === undefined) return `${at}/${row}`;
      const index = position.get(field);
      return index === undefined ? columnsAt : `${at}/${row}/${index}`;
    },
  };
}

/** `{"name": [value, …], …}`; a value may stand in an array of its own, or be one row's scalar. */
function columnRows(value: Fields, at: string, features: readonly Feature[]): ProtocolRows {
  const columns = features
    .filter(({ name }) => Object.hasOwn(value, name))
    .map(({ name }) => {
      const column = value[name];
      return { name, cells: Array.isArray(column) ? (column as unknown[]) : [column] };
    });
  const length = columns[0]?.cells.length ?? 1;
  const uneven = columns.find(({ cells }) => cells.length !== length);
  if (uneven !== undefined) {
    const detail = `has ${uneven.cells.length} values where '${columns[0]?.name ?? ""}' has ${length}`;
    throw badField(`${at}/${escapePointer(uneven.name)}`, detail);
  }
  const rows = Array.from({ length }, (_, row) =>
    Object.fromEntries(columns.map(({ name, cells }) => [name, single(cells[row])])),
  );
  return {
    rows,
    pathOf: (row, field) => {
      if (field === undefined) return at;
      const column = `${at}/${escapePointer(field)}`;
      return Array.isArray(value[field]) ? `${column}/${row}` : column;
    },
  };
}

/** A tensor of shape [rows, 1] has each value in an array of its own. */
function single(cell: unknown): unknown {
  return Array.isArray(cell) && cell.length === 1 ? (cell as unknown[])[0] : cell;
}
