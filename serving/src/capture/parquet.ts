import { parquetWriteBuffer, type ColumnSource } from "hyparquet-writer";

import type { Chunk, ChunkColumn } from "./chunk.ts";
import type { Label } from "./labels.ts";
import {
  joined,
  numberColumn,
  plainTexts,
  withoutMissing,
  type Dictionary,
  type ParquetColumn,
} from "./parquet-column.ts";
import { CREATED_BY, parquetFile } from "./parquet-file.ts";

/** What stands before the name of each feature, so that none is taken for one of our own columns or for a folder's. */
const FEATURE = "feature_";
/** What stands before the label of each class, where there is no positive one. */
const PROBABILITY = "probability_";

const TYPES = {
  number: "DOUBLE",
  share: "FLOAT",
  boolean: "BOOLEAN",
  moment: "TIMESTAMP",
} as const;

/** Parquet of chunks of one version: request id, row, time, version, answer, probability, one column a feature. */
export function predictionsParquet(chunks: readonly Chunk[]): Uint8Array {
  const [first] = chunks;
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const version = first?.version ?? "";
  const numbers = (name: string, type: "INT32" | "TIMESTAMP", of: (chunk: Chunk) => Float64Array) =>
    numberColumn(name, type, joined(Float64Array, chunks.map(of)));
  const columnOf = (name: string, of: (chunk: Chunk) => ChunkColumn | undefined) =>
    column(name, chunks.map(of), rows);
  const columns: ParquetColumn[] = [
    requestIds(chunks, rows),
    numbers("row", "INT32", ({ row }) => row),
    numbers("time", "TIMESTAMP", ({ time }) => time),
    { name: "version", type: "STRING", dictionary: always(version, rows) },
    columnOf("answer", ({ answer }) => answer),
  ];
  if (first?.probability) {
    columns.push(columnOf("probability", ({ probability }) => probability));
  }
  for (const [at, { name }] of (first?.probabilities ?? []).entries()) {
    columns.push(columnOf(`${PROBABILITY}${name}`, ({ probabilities }) => probabilities[at]));
  }
  for (const [at, { name }] of (first?.features ?? []).entries()) {
    columns.push(columnOf(`${FEATURE}${name}`, ({ features }) => features[at]));
  }
  return parquetFile(columns, rows, about({ model: first?.model ?? "", version }));
}

/** Parquet of labels: request id, row, label (a text), time of the label, time at which it came. */
export function labelsParquet(model: string, labels: readonly Label[]): Uint8Array {
  const labelColumn = (
    name: string,
    type: NonNullable<ColumnSource["type"]>,
    of: (label: Label) => string | number,
  ): ColumnSource => ({ name, type, data: labels.map(of), nullable: false });
  const bytes = parquetWriteBuffer({
    columnData: [
      labelColumn("request_id", "STRING", ({ requestId }) => requestId),
      labelColumn("row", "INT32", ({ row }) => row),
      labelColumn("label", "STRING", ({ label }) => label),
      labelColumn("time", "TIMESTAMP", ({ time }) => time),
      labelColumn("received", "TIMESTAMP", ({ received }) => received),
    ],
    ...{ kvMetadata: about({ model }), statistics: false, createdBy: CREATED_BY },
    rowGroupSize: 65_536,
  });
  return new Uint8Array(bytes);
}

function about(texts: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(texts).map(([key, value]) => ({ key: `slipway.${key}`, value }));
}

/** As they are where each row is a request of its own; else each once, as some readers take no dictionary in which one comes again. */
function requestIds(chunks: readonly Chunk[], rows: number): ParquetColumn {
  const about = { name: "request_id", type: "STRING" } as const;
  if (chunks.every((chunk) => chunk.requests === chunk.rows)) {
    const parts = chunks.map(({ ids }) => ids);
    return { ...about, plain: joined(Uint8Array, parts) };
  }
  const parts = chunks.map((chunk) => ({ values: chunk.request, texts: textsOf(chunk) }));
  return { ...about, dictionary: textDictionary(parts, rows).dictionary };
}

function textsOf({ ids, requests }: Chunk): string[] {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.length);
  let start = 0;
  return Array.from({ length: requests }, () => {
    const end = start + 4 + (ids[start] ?? 0);
    const text = bytes.toString("latin1", start + 4, end);
    start = end;
    return text;
  });
}

function always(text: string, rows: number): Dictionary {
  return { size: 1, plain: plainTexts([text]), places: new Uint32Array(rows) };
}

function column(
  name: string,
  chunks: readonly (ChunkColumn | undefined)[],
  rows: number,
): ParquetColumn {
  const parts = chunks.flatMap((part) => part ?? []);
  const kind = parts[0]?.kind ?? "number";
  if (kind === "text") {
    const { dictionary, present } = textDictionary(parts, rows);
    // Not all readers take an empty dictionary.
    return { name, type: "STRING", present, ...(dictionary.size > 0 && { dictionary }) };
  }
  const numbers = parts.map(({ values }) => values);
  const { values, present } = withoutMissing(numbers, rows);
  const all = kind === "moment" ? values.map((seconds) => seconds * 1000) : values;
  return numberColumn(name, TYPES[kind], all, present);
}

/** Chunks have dictionaries of their own, which become one. */
function textDictionary(parts: readonly Pick<ChunkColumn, "values" | "texts">[], rows: number) {
  const all = new Map<string, number>();
  const codes = parts.map(({ values, texts = [] }) => {
    const places = texts.map((text) => {
      if (text === "") return NaN;
      const place = all.get(text) ?? all.size;
      all.set(text, place);
      return place;
    });
    return values.map((index) => places[index] ?? NaN);
  });
  const { values: places, present } = withoutMissing(codes, rows);
  const dictionary = { size: all.size, plain: plainTexts([...all.keys()]), places };
  return { dictionary, present };
}
