import type { Worker } from "node:worker_threads";

import type { FastifyBaseLogger } from "fastify";

import type { CaptureMetrics } from "./metrics.ts";
import { startThread } from "../thread.ts";
import type { LoadedModel, Row, Scores } from "../model/loaded-model.ts";
import { ChunkBuffer, transferable } from "./chunk.ts";
import type { Label } from "./labels.ts";
import type { FromWriter, ToWriter, WriterSettings } from "./messages.ts";
import type { CaptureSettings } from "./settings.ts";

/** Rows go to the thread that often, however few they are. */
const HAND_OVER_MS = 1_000;
/** How long a server that ends waits for its last rows to be stored. */
const LAST_MS = 20_000;
/** Between a thread that died and the next one. */
const REVIVE_MS = 5_000;
/** Of the thread, beside what waits. */
const HEAP_MEBIBYTES = 96;
const DAY_MS = 86_400_000;

/**
 * Keeps what was predicted: rows, answers, version, request and time, column by column. A thread of its own makes files of them
 * and stores them; what it cannot store in time waits in bounded memory, and what would not fit is shed and counted, so that no
 * answer ever waits for it.
 */
export class PredictionLog {
  readonly #settings: CaptureSettings;
  readonly #metrics: CaptureMetrics;
  readonly #log: FastifyBaseLogger;
  readonly #buffers = new Map<LoadedModel, ChunkBuffer>();
  readonly #judged = new WeakMap<LoadedModel, boolean>();
  readonly #timer: NodeJS.Timeout;
  readonly #labels = new Map<number, (failed: string | undefined) => void>();
  #writer: Worker | undefined;
  #waiting = { rows: 0, bytes: 0 };
  #midnight = 0;
  #lastLabels = 0;
  #onClosed: (() => void) | undefined;

  constructor(settings: CaptureSettings, metrics: CaptureMetrics, log: FastifyBaseLogger) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#log = log;
    this.#start();
    this.#timer = setInterval(() => {
      this.#handOver();
    }, HAND_OVER_MS);
    this.#timer.unref();
    metrics.watch(() => this.#waiting.rows + this.#buffered());
  }

  /**
   * Takes the rows of a request that was answered.
   * @returns whether they are kept: a request may not be drawn, or shed. One whose process is killed may still be lost.
   */
  keep(id: string, model: LoadedModel, rows: readonly Row[], scores: Scores): boolean {
    const { rate, bytes: most } = this.#settings;
    if (rate < 1 && Math.random() >= rate) return false;
    if (this.#waiting.bytes >= most || this.#writer === undefined || !this.#mayKeep(model)) {
      this.#metrics.shed.inc(rows.length);
      return false;
    }
    const now = Date.now();
    // A file is of one day, whichever way the clock went.
    if (now >= this.#midnight || now < this.#midnight - DAY_MS) {
      this.#handOver();
      this.#midnight = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
    }
    const buffer = this.#bufferOf(model);
    for (let at = 0; at < rows.length; at += 1) {
      if (buffer.isFull) this.#post(buffer);
      buffer.add(id, now, rows[at] ?? [], scores, at);
    }
    return true;
  }

  /** Stores labels. @throws Error where the store did not take them; whoever sent them may send them again. */
  async label(model: string, labels: readonly Label[]): Promise<void> {
    const id = (this.#lastLabels += 1);
    const failed = await new Promise<string | undefined>((resolve) => {
      this.#labels.set(id, resolve);
      if (this.#writer === undefined) this.#failLabels("the thread that stores them has ended");
      else this.#writer.postMessage({ labels, model, id } satisfies ToWriter);
    });
    if (failed !== undefined) throw new Error(failed);
  }

  /** Stores what there is, for as long as twenty seconds; rows that were not stored are counted in the log. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#handOver();
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      setTimeout(resolve, LAST_MS).unref();
    });
    // The process stays until it has answered.
    writer.ref();
    writer.postMessage({ close: true } satisfies ToWriter);
    await closed;
    this.#writer = undefined;
    await writer.terminate();
    this.#lose();
  }

  #bufferOf(model: LoadedModel): ChunkBuffer {
    let buffer = this.#buffers.get(model);
    if (buffer === undefined) {
      buffer = new ChunkBuffer(model, this.#settings.drop);
      this.#buffers.set(model, buffer);
    }
    return buffer;
  }

  /** Whether all features that must not be kept are known: one that is misspelt would be kept. */
  #mayKeep(model: LoadedModel): boolean {
    let may = this.#judged.get(model);
    if (may === undefined) {
      const names = model.package.features.map(({ name }) => name);
      const unknown = this.#settings.drop.filter((name) => !names.includes(name));
      may = unknown.length === 0;
      this.#judged.set(model, may);
      const { name, version } = model;
      const reason = `CAPTURE_DROP names what is no feature of it: ${unknown.join(", ")}. Take that out, or write it as the model does`;
      if (!may) this.#log.error({ model: name, version, reason }, "no prediction is kept");
    }
    return may;
  }

  #start(): void {
    const { store, seconds, bytes } = this.#settings;
    const workerData: WriterSettings = { store, seconds };
    const resourceLimits = {
      // What may wait, texts above all, and one file while it is made.
      maxOldGenerationSizeMb: HEAP_MEBIBYTES + Math.ceil((2 * bytes) / 1_048_576),
      maxYoungGenerationSizeMb: 8,
    };
    const options = { workerData, resourceLimits };
    const writer = startThread("./writer-thread", import.meta.url, options);
    this.#writer = writer;
    writer.on("message", (message: FromWriter) => {
      this.#hear(message);
    });
    writer.on("error", (error) => {
      this.#log.error({ err: error }, "the thread that stores predictions ended");
      this.#writer = undefined;
      this.#lose();
      this.#failLabels("the thread that stores them has ended");
      this.#onClosed?.();
      setTimeout(() => {
        if (this.#onClosed === undefined) this.#start();
      }, REVIVE_MS).unref();
    });
    writer.unref();
  }

  #hear(message: FromWriter): void {
    if ("stored" in message) {
      const { rows, bytes } = message.stored;
      this.#waiting = { rows: this.#waiting.rows - rows, bytes: this.#waiting.bytes - bytes };
      this.#metrics.stored.inc(rows);
    } else if ("labelled" in message) {
      this.#labels.get(message.labelled)?.(message.failed);
      this.#labels.delete(message.labelled);
    } else if ("failed" in message) {
      this.#metrics.failures.inc();
      this.#log.warn({ reason: message.failed }, "predictions are not stored; tried again");
    } else this.#onClosed?.();
  }

  #handOver(): void {
    for (const [model, buffer] of this.#buffers) {
      // A version that answers nothing any more needs no buffer.
      if (buffer.rows === 0) this.#buffers.delete(model);
      else this.#post(buffer);
    }
  }

  #post(buffer: ChunkBuffer): void {
    const chunk = buffer.take();
    const { rows, bytes } = this.#waiting;
    this.#waiting = { rows: rows + chunk.rows, bytes: bytes + chunk.bytes };
    this.#writer?.postMessage({ chunk } satisfies ToWriter, transferable(chunk));
  }

  #buffered(): number {
    return [...this.#buffers.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  #failLabels(reason: string): void {
    for (const [id, answer] of this.#labels) {
      this.#labels.delete(id);
      answer(reason);
    }
  }

  #lose(): void {
    const { rows } = this.#waiting;
    this.#waiting = { rows: 0, bytes: 0 };
    if (rows === 0) return;
    this.#metrics.shed.inc(rows);
    this.#log.error({ rows }, "predictions were not stored and are lost");
  }
}
