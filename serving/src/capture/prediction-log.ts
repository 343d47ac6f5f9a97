import type { FastifyBaseLogger } from "fastify";

import type { LoadedModel, Row, Scores } from "../model/loaded-model.ts";
import { ChunkBuffer } from "./chunk.ts";
import type { Label } from "./labels.ts";
import type { CaptureMetrics } from "./metrics.ts";
import type { CaptureSettings } from "./settings.ts";
import { Writer } from "./writer.ts";

/** Rows go to the thread that often, however few they are. */
const HAND_OVER_MS = 1_000;
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
  readonly #writer: Writer;
  readonly #buffers = new Map<LoadedModel, ChunkBuffer>();
  readonly #judged = new WeakMap<LoadedModel, boolean>();
  readonly #timer: NodeJS.Timeout;
  #midnight = 0;

  constructor(settings: CaptureSettings, metrics: CaptureMetrics, log: FastifyBaseLogger) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#log = log;
    this.#writer = new Writer(settings, metrics, log);
    this.#timer = setInterval(() => {
      this.#handOver();
    }, HAND_OVER_MS);
    this.#timer.unref();
    metrics.watch(() => this.#writer.waiting.rows + this.#buffered());
  }

  /**
   * Takes the rows of a request that was answered.
   * @returns whether they are kept: a request may not be drawn, or shed. One whose process is killed may still be lost.
   */
  keep(id: string, model: LoadedModel, rows: readonly Row[], scores: Scores): boolean {
    const { rate } = this.#settings;
    if (rate < 1 && Math.random() >= rate) return false;
    const now = Date.now();
    // A file is of one day, whichever way the clock went.
    if (now >= this.#midnight || now < this.#midnight - DAY_MS) {
      this.#handOver();
      this.#midnight = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
    }
    const buffer = this.#isFull() ? undefined : this.#bufferOf(model);
    if (buffer === undefined) {
      this.#metrics.shed.inc(rows.length);
      return false;
    }
    for (let at = 0; at < rows.length; at += 1) {
      if (buffer.isFull) {
        this.#writer.post(buffer.take());
        if (this.#isFull()) {
          this.#metrics.shed.inc(rows.length - at);
          break;
        }
      }
      buffer.add(id, now, rows[at] ?? [], scores, at);
    }
    return true;
  }

  /** Stores labels. @throws Error where the store did not take them; whoever sent them may send them again. */
  label(model: string, labels: readonly Label[]): Promise<void> {
    return this.#writer.label(model, labels);
  }

  /** Stores what there is, for as long as {@link Writer} gives it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#handOver();
    await this.#writer.close();
  }

  #isFull(): boolean {
    return this.#writer.waiting.bytes >= this.#settings.bytes;
  }

  /** @returns undefined where nothing may be kept of the model. */
  #bufferOf(model: LoadedModel): ChunkBuffer | undefined {
    let buffer = this.#buffers.get(model);
    if (buffer === undefined && this.#mayKeep(model)) {
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

  #handOver(): void {
    for (const [model, buffer] of this.#buffers) {
      // A version that answers nothing any more needs no buffer.
      if (buffer.rows === 0) this.#buffers.delete(model);
      else this.#writer.post(buffer.take());
    }
  }

  #buffered(): number {
    return [...this.#buffers.values()].reduce((sum, { rows }) => sum + rows, 0);
  }
}
