import type { FastifyBaseLogger } from "fastify";

import type { Limits } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import { noModel } from "../problem.ts";
import { remembered, type PackageCache } from "../registry/package-cache.ts";
import { SourceError, type Candidate, type ModelSource } from "../registry/source.ts";
import { Fallbacks } from "./fallbacks.ts";
import { loadModel } from "./load.ts";
import type { LoadedModel, Models } from "./loaded-model.ts";
import { PackageError } from "./package-error.ts";
import { ModelMonitor } from "./monitor.ts";
import type { ServedModel } from "./served-model.ts";

/** How long a handler may hold a version that was swapped out before it scores with it. */
const RETIRE_MS = 10_000;

/** What `/health` says of the registry. */
export interface SourceStatus {
  readonly source: string;
  readonly reachable: boolean;
  /** ISO time of the last change of `reachable`. */
  readonly since: string;
  /** Why the latest look-up or load brought nothing; absent when it did. */
  readonly problem?: string;
  /** What is served instead of what the source names, e.g. `models:/iris@previous at …`; absent as a rule. */
  readonly fallback?: string;
}

/** What the manager is made of. */
export interface ManagerParts {
  readonly source: ModelSource;
  /** What is served at a start while what the source names cannot be. @default nothing */
  readonly earlier?: ModelSource | undefined;
  /** Keeps what was loaded from the source, for a start when it is away. @default nothing is kept */
  readonly cache?: PackageCache | undefined;
  readonly limits: Limits;
  /** Public keys of which one must have signed a package. @default a package need not be signed */
  readonly publicKeys?: readonly string[];
  readonly pollSeconds: number;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
}

/**
 * Keeps the current model version. It looks the source up every few seconds, loads a new version
 * beside the old one and swaps them in one assignment; whatever goes wrong, the old one serves on. Where
 * there is no old one yet, a fallback is served, until the source has a version that can be.
 */
export class ModelManager implements Models {
  readonly #parts: ManagerParts;
  readonly #retired = new Map<ServedModel, NodeJS.Timeout>();
  #current: ServedModel | undefined;
  #currentKey: string | undefined;
  #refused: { readonly key: string; readonly problem: string } | undefined;
  readonly #fallbacks: Fallbacks;
  #fallback: ModelSource | undefined;
  #status: SourceStatus;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#fallbacks = new Fallbacks(parts.limits, parts.publicKeys ?? [], parts.log);
    this.#status = {
      source: parts.source.description,
      reachable: false,
      since: new Date().toISOString(),
      problem: "not looked up yet",
    };
  }

  /** Begins to poll. Resolves after the first attempt, whether it brought a model or not. */
  async start(): Promise<void> {
    this.#polling = this.#poll();
    await this.#polling;
  }

  /** Ends polling and frees every session after its last run. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#polling;
    const sessions = [...this.#retired.keys(), ...(this.#current ? [this.#current] : [])];
    for (const timer of this.#retired.values()) clearTimeout(timer);
    this.#retired.clear();
    await Promise.all(sessions.map((model) => model.release()));
  }

  current(): LoadedModel {
    if (this.#current === undefined) {
      throw noModel(`No model is loaded yet from ${this.#status.source}.`);
    }
    return this.#current;
  }

  peek(): LoadedModel | undefined {
    return this.#current;
  }

  /** Rows that wait for the model. */
  get queuedRows(): number {
    return this.#current?.queuedRows ?? 0;
  }

  get status(): SourceStatus {
    return this.#status;
  }

  async #poll(): Promise<void> {
    try {
      await this.#refresh();
    } catch (error) {
      this.#parts.log.error({ err: error }, "polling the model failed");
    }
    if (this.#stopped) return;
    // A tenth of jitter: replicas that started together should not ask together for ever.
    const wait = this.#parts.pollSeconds * 1000 * (0.95 + 0.1 * Math.random());
    this.#timer = setTimeout(() => {
      this.#polling = this.#poll();
    }, wait);
  }

  async #refresh(): Promise<void> {
    const { source, earlier, cache, metrics } = this.#parts;
    let candidate: Candidate;
    try {
      candidate = await source.resolve();
    } catch (error) {
      const { message, reachable } = asSourceError(error);
      // What was taken out of a registry that answers is not brought back from what was kept.
      await this.#fallBack([earlier, ...(reachable ? [] : [cache])]);
      this.#report(reachable, message);
      return;
    }
    metrics.registryLastSuccess.setToCurrentTime();
    if (candidate.key === this.#refused?.key) {
      await this.#fallBack([earlier, cache]);
      this.#report(true, this.#refused.problem);
      return;
    }
    if (candidate.key === this.#currentKey) {
      this.#fallback = undefined;
      this.#report(true);
      return;
    }
    await this.#renew(candidate);
  }

  async #renew(candidate: Candidate): Promise<void> {
    const { limits, publicKeys, earlier, cache, log } = this.#parts;
    const kept = remembered(candidate);
    try {
      const model = await loadModel(kept.candidate, limits, publicKeys);
      this.#currentKey = candidate.key;
      this.#fallback = undefined;
      this.#swap(model);
      this.#report(true);
    } catch (error) {
      await this.#fallBack([earlier, cache]);
      this.#loadFailed(candidate, error);
      return;
    }
    try {
      await cache?.keep(candidate, kept.files);
    } catch (error) {
      log.warn({ err: error }, "the package could not be kept for a start without the registry");
    }
  }

  /** Serves a fallback where nothing is served yet. @param sources in the order in which they are tried. */
  async #fallBack(sources: readonly (ModelSource | undefined)[]): Promise<void> {
    if (this.#current !== undefined) return;
    const found = await this.#fallbacks.load(sources.filter((source) => source !== undefined));
    if (found === undefined) return;
    this.#currentKey = found.key;
    this.#fallback = found.source;
    this.#swap(found.model);
  }

  #swap(model: ServedModel): void {
    const { metrics, log } = this.#parts;
    const monitor = new ModelMonitor(model);
    model.listen((rows, scores) => {
      monitor.observe(rows, scores);
    });
    const old = this.#current;
    this.#current = model;
    metrics.watch(monitor);
    log.info({ model: model.name, version: model.version, before: old?.version }, "model serves");
    if (old !== undefined) this.#retire(old);
  }

  #retire(old: ServedModel): void {
    const timer = setTimeout(() => {
      this.#retired.delete(old);
      void old.release();
    }, RETIRE_MS);
    this.#retired.set(old, timer);
  }

  #loadFailed({ key }: Candidate, error: unknown): void {
    const { metrics } = this.#parts;
    if (error instanceof SourceError) {
      metrics.loadFailures.inc({ reason: "unavailable" });
      this.#report(error.reachable, error.message);
      return;
    }
    const reason = error instanceof PackageError ? error.fault : "internal";
    metrics.loadFailures.inc({ reason });
    const problem = `${key} is refused (${reason}): ${(error as Error).message}`;
    if (!(error instanceof PackageError) || error.final) this.#refused = { key, problem };
    this.#report(true, problem);
  }

  /** Notes the state for `/health` and logs it when it changes, not at every poll. */
  #report(reachable: boolean, problem?: string): void {
    const { log, metrics } = this.#parts;
    metrics.registryUp.set(reachable ? 1 : 0);
    metrics.fallback.set(this.#fallback === undefined ? 0 : 1);
    const { source, reachable: before, since, problem: earlier } = this.#status;
    this.#status = {
      source,
      reachable,
      since: reachable === before ? since : new Date().toISOString(),
      ...(problem !== undefined && { problem }),
      ...(this.#fallback && { fallback: this.#fallback.description }),
    };
    if (problem === earlier) return;
    if (problem === undefined) log.info({ source }, "model source answers");
    else {
      const { fallback } = this.#status;
      const serving = this.#current?.version;
      log.warn({ source, problem, serving, fallback }, "model is not renewed");
    }
  }
}

function asSourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  return new SourceError((error as Error).message, true, { cause: error });
}
