import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { modelName } from "../../components/lib/model-file.ts";
import { reasonOf } from "../lib/failure.ts";
import type { Python } from "../lib/python.ts";
import type { Model } from "../lib/models.ts";
import { named } from "./reasons.ts";
import { type Hosting, type Server, untilApiAnswers } from "./serving.ts";
import { train } from "./training.ts";
import type { ModelWatch } from "./watch.ts";

/** Milliseconds between two looks; a change that is still there at the second is trained from. */
const LOOK = 1000;

/** What a retraining works with. */
export interface RetrainParts {
  hosting: Hosting;
  python: Python;
  /** Environment of the training, asked for each time: its code may have changed too. */
  env: () => Record<string, string>;
  apis: ReadonlyMap<string, Server>;
  /** Seconds an API may take to serve a new version. */
  patience: number;
}

/**
 * Trains each model again whose YAML, data or pipeline changes, until the loop ends. Whatever is wrong is said, and the
 * version that serves goes on serving. Each training prints one line of JSON.
 */
export async function retrainOnChange(watch: ModelWatch, parts: RetrainParts): Promise<void> {
  const { ended } = parts.hosting;
  for (;;) {
    await sleep(LOOK, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    for (const model of await watch.changed()) await retrain(model, parts);
  }
}

async function retrain(model: Model, parts: RetrainParts): Promise<void> {
  const { name } = model;
  const { progress, ended } = parts.hosting;
  progress.say(`${name}: its YAML, data or pipeline has changed`);
  const { reason, version } = await trained(model, parts).catch((error: unknown) => ({
    reason: reasonOf(error),
    version: undefined,
  }));
  if (ended.aborted) return;
  const outcome = reason === undefined ? { version } : { failed: reason };
  process.stdout.write(`${JSON.stringify({ retrained: name, ...outcome })}\n`);
  if (reason !== undefined) {
    progress.say(`${named(name, reason)}\n\n${name}: what served before goes on serving`);
  }
}

interface Retrained {
  /** Why there is no new champion that serves; undefined where there is one. */
  reason: string | undefined;
  version?: string | undefined;
}

async function trained(model: Model, parts: RetrainParts): Promise<Retrained> {
  const { hosting, python, apis, env, patience } = parts;
  const { name } = model;
  const other = otherName(model);
  if (other !== undefined) return { reason: other };
  const report = await train(hosting.children, python, [model], env(), hosting.progress);
  const result = report.results.get(name);
  const api = apis.get(name);
  const failed = report.failed[name];
  if (result === undefined || result.outcome === "failed" || failed !== undefined || !api) {
    return { reason: failed ?? `no API of ${name} runs` };
  }
  const reason = await untilApiAnswers(hosting, name, api, result, patience);
  return { reason, version: result.version };
}

/** Why the YAML is not that of the model any more: an API serves under one name for good. */
function otherName({ name, file }: Model): string | undefined {
  try {
    const now = modelName(readFileSync(file, "utf8"), file);
    if (now === name) return undefined;
    return `${file}: 'name' is ${now} now; take ${name} back, or stop and start again to serve ${now}`;
  } catch (error) {
    return reasonOf(error);
  }
}
