import { randomUUID } from "node:crypto";
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

import type { Chunk } from "./chunk.ts";
import type { FromWriter, ToWriter, WriterSettings } from "./messages.ts";
import { labelsParquet, predictionsParquet } from "./parquet.ts";
import { storeOf } from "./store.ts";

/** Rows after which a file is written before its time. */
const FILE_ROWS = 32_768;
/** Bytes after which it is too. */
const FILE_BYTES = 4 * 1_048_576;
/** A processor that is wanted by answers alone gives it some 3 %, which stores small files in time. */
const PRIORITY = 15;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

const { store: address, seconds } = workerData as WriterSettings;
const store = storeOf(address);

/** One file, from its first chunk to the store. */
class File {
  readonly #chunks: Chunk[] = [];
  rows = 0;
  bytes = 0;

  add(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.rows += chunk.rows;
    this.bytes += chunk.bytes;
  }

  /** Below Hive's folders; a name is never used twice. */
  get name(): string {
    const [first] = this.#chunks;
    return objectName("predictions", first?.model ?? "", first?.time[0] ?? 0);
  }

  parquet(): Uint8Array {
    return predictionsParquet(this.#chunks);
  }
}

/** By version and day: a file is of one of each. */
const open = new Map<string, { file: File; timer: NodeJS.Timeout }>();
let writing: Promise<void> = Promise.resolve();

function tell(message: FromWriter): void {
  parentPort?.postMessage(message);
}

function take(chunk: Chunk): void {
  const key = JSON.stringify([chunk.model, chunk.version, day(chunk.time[0] ?? 0)]);
  let entry = open.get(key);
  if (entry === undefined) {
    const timer = setTimeout(() => {
      finish(key);
    }, seconds * 1000);
    open.set(key, (entry = { file: new File(), timer }));
  }
  entry.file.add(chunk);
  if (entry.file.rows >= FILE_ROWS || entry.file.bytes >= FILE_BYTES) finish(key);
}

function finish(key: string): void {
  const entry = open.get(key);
  if (entry === undefined) return;
  open.delete(key);
  clearTimeout(entry.timer);
  // One after the other: what waits is bounded by the server, what is encoded is one file.
  writing = writing.then(() => write(entry.file));
}

/** Tries until it is stored; whoever ends the process bounds it. */
async function write(file: File): Promise<void> {
  const { name } = file;
  const bytes = file.parquet();
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      await store.put(name, bytes);
      tell({ stored: { rows: file.rows, bytes: file.bytes } });
      return;
    } catch (error) {
      tell({ failed: `${store.description}: ${(error as Error).message}` });
    }
    // One that is told to close tries again at once.
    await Promise.race([sleep(wait, undefined, { ref: false }), closing]);
    if (isClosing) await sleep(500);
  }
}

let isClosing = false;
let close = (): void => undefined;
const closing = new Promise<void>((resolve) => {
  close = () => {
    isClosing = true;
    resolve();
  };
});

async function end(): Promise<void> {
  close();
  for (const key of [...open.keys()]) finish(key);
  await writing;
  tell({ closed: true });
}

async function keepLabels({
  labels,
  model,
  id,
}: Extract<ToWriter, { labels: unknown }>): Promise<void> {
  try {
    const name = objectName("labels", model, labels[0]?.received ?? 0);
    await store.put(name, labelsParquet(model, labels));
    tell({ labelled: id });
  } catch (error) {
    tell({ labelled: id, failed: `${store.description}: ${(error as Error).message}` });
  }
}

function objectName(what: "predictions" | "labels", model: string, time: number): string {
  const folder = what === "labels" ? "labels/" : "";
  const stamp = new Date(time).toISOString().replace(/[-:.]/g, "");
  return `${folder}model=${model}/date=${day(time)}/${stamp}-${randomUUID()}.parquet`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

// Of this thread alone (Linux): requests are answered first, and what cannot be written meanwhile is shed.
try {
  setPriority(0, PRIORITY);
} catch {
  // Elsewhere it writes at the process' own priority.
}

parentPort?.on("message", (message: ToWriter) => {
  if ("chunk" in message) take(message.chunk);
  else if ("labels" in message) void keepLabels(message);
  else void end();
});
