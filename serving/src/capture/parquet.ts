import { parquetWriteBuffer, type ColumnSource } from "hyparquet-writer";

import type { Chunk, ChunkColumn } from "./chunk.ts";
import type { Label } from "./labels.ts";

/** What stands before the name of each feature, so that none is taken for one of our own columns or for a folder's. */
const FEATURE = "feature_";
/** What stands before the label of each class, where there is no positive one. */
const PROBABILITY = "probability_";

type Values = Float64Array | (number | bigint | boolean | string | null)[];

/** Parquet of chunks of one version: request id, row, time, version, answer, probability, one column a feature. */
export function predictionsParquet(chunks: readonly Chunk[]): Uint8Array {
  const [first] = chunks;
  const columns: ColumnSource[] = [
    column("request_id", "STRING", chunks.flatMap(requestIds), false),
    column(
      "row",
      "INT32",
      numbersOf(chunks, ({ row }) => row),
      false,
    ),
    column(
      "time",
      "TIMESTAMP",
      numbersOf(chunks, ({ time }) => time),
      false,
    ),
    column(
      "version",
      "STRING",
      chunks.flatMap(({ rows, version }) => repeated(version, rows)),
      false,
    ),
    featureColumn(
      "answer",
      chunks.map(({ answer }) => answer),
    ),
  ];
  if (first?.probability !== undefined) {
    const probabilities = numbersOf(chunks, ({ probability }) => probability ?? new Float64Array());
    columns.push(column("probability", "FLOAT", probabilities.map(missing)));
  }
  for (const [at, { name }] of (first?.probabilities ?? []).entries()) {
    const parts = chunks.flatMap(({ probabilities }) => probabilities[at] ?? []);
    columns.push(featureColumn(`${PROBABILITY}${name}`, parts));
  }
  for (const [at, { name }] of (first?.features ?? []).entries()) {
    const parts = chunks.flatMap(({ features }) => features[at] ?? []);
    columns.push(featureColumn(`${FEATURE}${name}`, parts));
  }
  const about = { model: first?.model ?? "", version: first?.version ?? "" };
  return file(columns, about);
}

/** Parquet of labels: request id, row, label (a text), time of the label, time at which it came. */
export function labelsParquet(model: string, labels: readonly Label[]): Uint8Array {
  return file(
    [
      column(
        "request_id",
        "STRING",
        labels.map(({ requestId }) => requestId),
        false,
      ),
      column(
        "row",
        "INT32",
        labels.map(({ row }) => row),
        false,
      ),
      column(
        "label",
        "STRING",
        labels.map(({ label }) => label),
        false,
      ),
      column(
        "time",
        "TIMESTAMP",
        labels.map(({ time }) => time),
        false,
      ),
      column(
        "received",
        "TIMESTAMP",
        labels.map(({ received }) => received),
        false,
      ),
    ],
    { model },
  );
}

function file(columns: ColumnSource[], about: Readonly<Record<string, string>>): Uint8Array {
  const kvMetadata = Object.entries(about).map(([key, value]) => ({
    key: `slipway.${key}`,
    value,
  }));
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: columns,
      kvMetadata,
      // Least and greatest values of columns would take a third of the time.
      statistics: false,
      rowGroupSize: 65_536,
      createdBy: "slipway",
    }),
  );
}

function column(
  name: string,
  type: NonNullable<ColumnSource["type"]>,
  data: Values,
  nullable = true,
): ColumnSource {
  return { name, type, data, nullable };
}

function requestIds({ requests, request }: Chunk): string[] {
  const ids = requests.split("\n");
  return Array.from(request, (index) => ids[index] ?? "");
}

function numbersOf(chunks: readonly Chunk[], of: (chunk: Chunk) => Float64Array): number[] {
  return chunks.flatMap((chunk) => Array.from(of(chunk)));
}

/** All parts as they are where nothing is missing, which is written in half the time. */
function joined(parts: readonly Float64Array[]): Float64Array | undefined {
  if (parts.some((values) => values.some(Number.isNaN))) return undefined;
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const values of parts) {
    all.set(values, start);
    start += values.length;
  }
  return all;
}

const TYPES = {
  number: "DOUBLE",
  share: "FLOAT",
  boolean: "BOOLEAN",
  moment: "TIMESTAMP",
  text: "STRING",
} as const;

function featureColumn(name: string, parts: readonly ChunkColumn[]): ColumnSource {
  const kind = parts[0]?.kind ?? "number";
  const plain = kind === "number" || kind === "share";
  const whole = plain ? joined(parts.map(({ values }) => values)) : undefined;
  return column(name, TYPES[kind], whole ?? parts.flatMap(valuesOf));
}

function valuesOf({ kind, values, texts = [] }: ChunkColumn): Exclude<Values, Float64Array> {
  switch (kind) {
    case "text":
      return Array.from(values, (index) => (texts[index] === "" ? null : (texts[index] ?? null)));
    case "boolean":
      return Array.from(values, (value) => (Number.isNaN(value) ? null : value === 1));
    case "moment":
      return Array.from(values, (value) => missing(value * 1000));
    case "number":
    case "share":
      return Array.from(values, missing);
  }
}

function missing(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function repeated(text: string, times: number): string[] {
  return Array.from({ length: times }, () => text);
}
