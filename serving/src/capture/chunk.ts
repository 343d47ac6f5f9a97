import type { LoadedModel, Row, Scores } from "../model/loaded-model.ts";
import { LONGEST_ID } from "../plugins/observe.ts";
import { isText, type Feature, type ModelPackage } from "../model/package.ts";

/** How the values of a column are to be read. */
export type ColumnKind = "number" | "share" | "boolean" | "moment" | "text";

/** A column of features or answers: numbers (missing: NaN; moments in seconds), or indices into texts (missing: ""). */
export interface ChunkColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly values: Float64Array;
  /** Of the kind `text`. */
  readonly texts?: readonly string[];
}

/** Rows of one model version, as they go to the thread that writes them. */
export interface Chunk {
  readonly model: string;
  readonly version: string;
  readonly rows: number;
  /** What it takes of memory, about. */
  readonly bytes: number;
  /** Ids of requests, each after its length in four bytes, as Parquet has them; how many; and for each row which of them is its own. */
  readonly ids: Uint8Array;
  readonly requests: number;
  readonly request: Float64Array;
  /** Place of each row in its request, from 0. */
  readonly row: Float64Array;
  /** Unix time in milliseconds. */
  readonly time: Float64Array;
  readonly answer: ChunkColumn;
  /** Undefined for a regression. */
  readonly probability?: ChunkColumn;
  /** That of each class, where there is no positive one. */
  readonly probabilities: readonly ChunkColumn[];
  readonly features: readonly ChunkColumn[];
}

/** A chunk is not much larger than this, and at most as long as that. */
const CHUNK_BYTES = 1_048_576;
const CHUNK_ROWS = 4_096;
/** Request, row, time, answer, probability; and the id. */
const FIXED_BYTES = 5 * 8 + 24;
/** Of an id, with its length. */
const ID_BYTES = 4 + LONGEST_ID;

/** Collects rows of one version column by column, so that a request costs a few stores and no object. */
export class ChunkBuffer {
  readonly #model: LoadedModel;
  readonly #columns: readonly Column[];
  readonly #answer: Column;
  readonly #probabilities: readonly Column[];
  readonly #answerOf: (scores: Scores, at: number) => number;
  readonly #probabilityOf: ((scores: Scores, at: number) => number) | undefined;
  readonly #capacity: number;
  readonly #rowBytes: number;
  readonly #ids: Uint8Array;
  readonly #request: Float64Array;
  readonly #row: Float64Array;
  readonly #time: Float64Array;
  readonly #probability: Column;
  #idBytes = 0;
  #requests = 0;
  #rows = 0;
  #textBytes = 0;

  /** @param drop features that are left out. */
  constructor(model: LoadedModel, drop: readonly string[]) {
    const { package: pack } = model;
    this.#model = model;
    const kept = pack.features
      .map((feature, at) => ({ feature, at }))
      .filter(({ feature }) => !drop.includes(feature.name));
    const classes = pack.positive === null ? pack.classes : [];
    this.#rowBytes = FIXED_BYTES + 8 * (kept.length + classes.length);
    this.#capacity = Math.max(16, Math.min(CHUNK_ROWS, Math.floor(CHUNK_BYTES / this.#rowBytes)));
    this.#columns = kept.map(
      ({ feature, at }) => new Column(feature.name, kindOf(feature), this.#capacity, at),
    );
    this.#probabilities = classes.map(
      ({ label }, at) => new Column(label, "share", this.#capacity, at),
    );
    const labels = pack.classes.map(({ label }) => label);
    this.#answer = new Column(pack.output.name, answerKind(pack), this.#capacity, 0, labels);
    this.#answerOf = answerReader(pack);
    this.#probabilityOf = probabilityReader(pack);
    this.#probability = new Column("probability", "share", this.#capacity, 0);
    this.#ids = new Uint8Array(this.#capacity * ID_BYTES);
    this.#request = new Float64Array(this.#capacity);
    this.#row = new Float64Array(this.#capacity);
    this.#time = new Float64Array(this.#capacity);
  }

  get rows(): number {
    return this.#rows;
  }

  get isFull(): boolean {
    return this.#rows === this.#capacity || this.bytes >= CHUNK_BYTES;
  }

  /** What the rows in it take of memory, about. */
  get bytes(): number {
    return this.#rows * this.#rowBytes + this.#textBytes;
  }

  /** Adds row `at` of a request; there must be room. */
  add(id: string, time: number, row: Row, scores: Scores, at: number): void {
    const next = this.#rows;
    if (at === 0 || this.#requests === 0) this.#addId(id);
    this.#request[next] = this.#requests - 1;
    this.#row[next] = at;
    this.#time[next] = time;
    this.#answer.values[next] = this.#answerOf(scores, at);
    if (this.#probabilityOf) this.#probability.values[next] = this.#probabilityOf(scores, at);
    const width = this.#probabilities.length;
    for (const { values, at: index } of this.#probabilities) {
      values[next] = scores.probabilities[at * width + index] ?? NaN;
    }
    for (const column of this.#columns) {
      this.#textBytes += column.set(next, row[column.at] ?? NaN);
    }
    this.#rows = next + 1;
  }

  /** Takes what was added, and is empty again. */
  take(): Chunk {
    const rows = this.#rows;
    const { bytes } = this;
    const { name: model, version } = this.#model;
    const chunk = {
      ...{ model, version, rows, bytes },
      ids: this.#ids.slice(0, this.#idBytes),
      requests: this.#requests,
      request: this.#request.slice(0, rows),
      row: this.#row.slice(0, rows),
      time: this.#time.slice(0, rows),
      answer: this.#answer.take(rows),
      ...(this.#probabilityOf && { probability: this.#probability.take(rows) }),
      probabilities: this.#probabilities.map((column) => column.take(rows)),
      features: this.#columns.map((column) => column.take(rows)),
    };
    this.#idBytes = 0;
    this.#requests = 0;
    this.#rows = 0;
    this.#textBytes = 0;
    return chunk;
  }

  /** @param id of at most 64 characters, all of ASCII. */
  #addId(id: string): void {
    const ids = this.#ids;
    const start = this.#idBytes + 4;
    const { length } = id;
    ids[start - 4] = length;
    // There may be an earlier chunk's ids.
    ids[start - 3] = ids[start - 2] = ids[start - 1] = 0;
    for (let at = 0; at < length; at += 1) ids[start + at] = id.charCodeAt(at);
    this.#idBytes = start + length;
    this.#requests += 1;
  }
}

/** The memory of a chunk that changes threads instead of being copied. */
export function transferable({ ids, request, row, time, answer, probability, ...chunk }: Chunk) {
  const columns = [answer, probability ?? [], chunk.probabilities, chunk.features].flat();
  const arrays = [ids, request, row, time, ...columns.map(({ values }) => values)];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}

class Column {
  readonly values: Float64Array;
  readonly at: number;
  readonly #name: string;
  readonly #kind: ColumnKind;
  readonly #fixed: readonly string[] | undefined;
  readonly #codes = new Map<string, number>();

  /** @param at place of its values in a row, @param fixed texts that values are indices of. */
  constructor(name: string, kind: ColumnKind, rows: number, at: number, fixed?: readonly string[]) {
    this.#name = name;
    this.#kind = kind;
    this.#fixed = fixed;
    this.at = at;
    this.values = new Float64Array(rows);
  }

  /** @returns bytes that a text takes which was not there yet, about; 0 for all else. */
  set(index: number, value: number | string): number {
    if (typeof value !== "string") {
      this.values[index] = value;
      return 0;
    }
    const code = this.#codes.get(value);
    this.values[index] = code ?? this.#codes.size;
    if (code !== undefined) return 0;
    this.#codes.set(value, this.#codes.size);
    return 16 + 2 * value.length;
  }

  take(rows: number): ChunkColumn {
    const column = {
      ...{ name: this.#name, kind: this.#kind, values: this.values.slice(0, rows) },
      ...(this.#kind === "text" && { texts: this.#fixed ?? [...this.#codes.keys()] }),
    };
    this.#codes.clear();
    return column;
  }
}

function kindOf(feature: Feature): ColumnKind {
  if (isText(feature)) return "text";
  if (feature.type === "datetime") return "moment";
  return feature.type === "boolean" ? "boolean" : "number";
}

function answerKind({ task, output }: ModelPackage): ColumnKind {
  if (task === "regression") return "number";
  return output.type === "boolean" ? "boolean" : "text";
}

function answerReader({ task, output, positive }: ModelPackage) {
  if (task === "regression") return ({ values }: Scores, at: number) => values[at] ?? NaN;
  if (output.type === "boolean") {
    return ({ classes }: Scores, at: number) => Number(classes[at] === positive);
  }
  return ({ classes }: Scores, at: number) => classes[at] ?? NaN;
}

/** As in the answer: of the positive class where there is one, else of the answered class. */
function probabilityReader({ task, positive, classes }: ModelPackage) {
  if (task === "regression") return undefined;
  const width = classes.length;
  return ({ probabilities, classes: answered }: Scores, at: number) =>
    probabilities[at * width + (positive ?? answered[at] ?? 0)] ?? NaN;
}
