import type { Worker } from "node:worker_threads";

import type { FastifyBaseLogger } from "fastify";

import { startThread } from "../thread.ts";
import { transferable, type Chunk } from "./chunk.ts";
import type { Label } from "./labels.ts";
import type { FromWriter, ToWriter, WriterSettings } from "./messages.ts";
import type { CaptureMetrics } from "./metrics.ts";
import type { CaptureSettings } from "./settings.ts";

/** How long a server that ends waits for its last rows to be stored; shutdown.ts ends the process after 25 seconds. */
const LAST_MS = 12_000;
/** Between a thread that died and the next one. */
const REVIVE_MS = 5_000;
/** Of the thread, beside what waits. */
const HEAP_MEBIBYTES = 96;
const ENDED = "the thread that stores them has ended";

/** The thread that makes files and stores them, as the server sees it; one that dies is started again, and what it had is counted. */
export class Writer {
  readonly #settings: CaptureSettings;
  readonly #metrics: CaptureMetrics;
  readonly #log: FastifyBaseLogger;
  readonly #labels = new Map<number, (failed: string | undefined) => void>();
  #thread: Worker | undefined;
  #waiting = { rows: 0, bytes: 0 };
  #lastLabels = 0;
  #isClosing = false;
  #onClosed: (() => void) | undefined;

  constructor(settings: CaptureSettings, metrics: CaptureMetrics, log: FastifyBaseLogger) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#log = log;
    this.#start();
  }

  /** What was handed over and is not stored. */
  get waiting(): Readonly<{ rows: number; bytes: number }> {
    return this.#waiting;
  }

  /** Hands rows over; those that no thread would store are counted as shed. */
  post(chunk: Chunk): void {
    if (this.#thread === undefined) {
      this.#metrics.shed.inc(chunk.rows);
      return;
    }
    const { rows, bytes } = this.#waiting;
    this.#waiting = { rows: rows + chunk.rows, bytes: bytes + chunk.bytes };
    this.#thread.postMessage({ chunk } satisfies ToWriter, transferable(chunk));
  }

  /** Stores labels. @throws Error where the store did not take them; whoever sent them may send them again. */
  async label(model: string, labels: readonly Label[]): Promise<void> {
    const id = (this.#lastLabels += 1);
    const failed = await new Promise<string | undefined>((resolve) => {
      if (this.#thread === undefined) {
        resolve(ENDED);
        return;
      }
      this.#labels.set(id, resolve);
      this.#thread.postMessage({ labels, model, id } satisfies ToWriter);
    });
    if (failed !== undefined) throw new Error(failed);
  }

  /** Stores what there is, for as long as twelve seconds; what was not stored is counted in the log. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const thread = this.#thread;
    if (thread === undefined) return;
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      setTimeout(resolve, LAST_MS).unref();
    });
    // The process stays until it has answered.
    thread.ref();
    thread.postMessage({ close: true } satisfies ToWriter);
    await closed;
    this.#forget();
    await thread.terminate();
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
    const thread = startThread("./writer-thread", import.meta.url, options);
    this.#thread = thread;
    thread.on("message", (message: FromWriter) => {
      this.#hear(message);
    });
    thread.on("error", (error) => {
      this.#log.error({ err: error }, "the thread that stores predictions failed");
    });
    thread.on("exit", () => {
      if (this.#thread !== thread) return;
      this.#forget();
      this.#onClosed?.();
      if (this.#isClosing) return;
      setTimeout(() => {
        if (!this.#isClosing) this.#start();
      }, REVIVE_MS).unref();
    });
    thread.unref();
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

  /** Gives up the thread and what it still had. */
  #forget(): void {
    this.#thread = undefined;
    const { rows } = this.#waiting;
    this.#waiting = { rows: 0, bytes: 0 };
    for (const answer of this.#labels.values()) answer(ENDED);
    this.#labels.clear();
    if (rows === 0) return;
    this.#metrics.shed.inc(rows);
    this.#log.error({ rows }, "predictions were not stored and are lost");
  }
}
