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
  readonly #publicKeys: readonly string[];
  readonly #log: FastifyBaseLogger;
  /** Packages that can never be served: trying again would end the same way. */
  readonly #bad = new Set<string>();

  /** @param publicKeys of which one must have signed a package; none: it need not be signed. */
  constructor(limits: Limits, publicKeys: readonly string[], log: FastifyBaseLogger) {
    this.#limits = limits;
    this.#publicKeys = publicKeys;
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
        const model = await loadModel(candidate, this.#limits, this.#publicKeys);
        return { source, key, model };
      } catch (error) {
        if (error instanceof PackageError && error.final) this.#bad.add(key);
        const problem = (error as Error).message;
        this.#log.debug({ fallback: source.description, problem }, "no fallback");
      }
    }
    return undefined;
  }
}
