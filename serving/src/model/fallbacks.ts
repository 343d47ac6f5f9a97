import type { FastifyBaseLogger } from "fastify";

import type { Limits } from "../config.ts";
import type { ModelSource } from "../registry/source.ts";
import { loadModel } from "./load.ts";
import { PackageError } from "./package-error.ts";
import type { ServedModel } from "./served-model.ts";

/** A model that is served although the source names another, or none. */
export interface Fallback {
  readonly source: ModelSource;
  readonly key: string;
  readonly model: ServedModel;
}

/** What can be served at a start while the source has nothing that can be. */
export class Fallbacks {
  readonly #limits: Limits;
  readonly #log: FastifyBaseLogger;
  /** Packages that can never be served: trying again would end the same way. */
  readonly #bad = new Set<string>();

  constructor(limits: Limits, log: FastifyBaseLogger) {
    this.#limits = limits;
    this.#log = log;
  }

  /** The first of these sources that has a model which can be served; undefined where none has. */
  async load(sources: readonly ModelSource[]): Promise<Fallback | undefined> {
    for (const source of sources) {
      let key = "";
      try {
        const candidate = await source.resolve();
        ({ key } = candidate);
        if (this.#bad.has(key)) continue;
        return { source, key, model: await loadModel(candidate, this.#limits) };
      } catch (error) {
        if (error instanceof PackageError) this.#bad.add(key);
        const problem = (error as Error).message;
        this.#log.debug({ fallback: source.description, problem }, "no fallback");
      }
    }
    return undefined;
  }
}
