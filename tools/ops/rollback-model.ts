import { Failure } from "../lib/failure.ts";
import { tell } from "../lib/tell.ts";
import type { ModelRegistry } from "./mlflow.ts";
import type { Place } from "./place.ts";
import { earlierChampion, promotionsOf, promotionTag } from "./promotions.ts";
import { untilAllServe } from "./replicas.ts";
import { who } from "../lib/stack/who.ts";

const CHAMPION = "champion";
const PREVIOUS = "previous";
/** Replicas look at the alias every five seconds. */
const SECONDS = 10;

/** What to go back to, and why. */
export interface ModelOptions {
  model: string;
  /** @default the champion before */
  to?: string | undefined;
  reason?: string | undefined;
}

/** Moves the alias `champion` back and waits until every replica serves that version. */
export async function rollbackModel(place: Place, requested: ModelOptions): Promise<void> {
  await place.needAwake();
  const { model, reason = "no reason given" } = requested;
  await place.withRegistry(async (registry) => {
    const { champion, target } = await chooseTarget(registry, requested);
    // Opened before the alias moves, so that the seconds are those of the replicas alone.
    const replicas = await place.replicasOf(model);
    try {
      await moveBack(registry, { model, champion, target, reason });
      tell(
        `${place.name}: champion of ${model} was version ${champion}, is version ${target} (${reason})`,
      );
      if (replicas.length === 0) {
        tell(`no replica of ${model}-api runs: the next one to start serves version ${target}`);
        return;
      }
      const seconds = await untilAllServe(replicas, target, SECONDS, place.logs);
      const all =
        replicas.length === 1 ? "its replica serves" : `all ${replicas.length} replicas serve`;
      tell(`${all} version ${target} after ${seconds.toFixed(1)} s`);
    } finally {
      for (const replica of replicas) replica.close();
    }
  });
}

/** @throws Failure for a model, version or champion that is not there, or nothing to go back to. */
export async function chooseTarget(
  registry: ModelRegistry,
  { model, to }: ModelOptions,
): Promise<{ champion: string; target: string }> {
  const { aliases } = await registry.model(model);
  const champion = aliases[CHAMPION];
  if (champion === undefined) {
    throw new Failure(
      `${model} has no champion, so nothing is served that could be rolled back: train it first`,
    );
  }
  const versions = await registry.versions(model);
  const ready = versions.filter(({ status }) => status === "READY").map(({ version }) => version);
  const promotions = promotionsOf(versions);
  // Models that were promoted before promotions were recorded have the alias alone.
  const before =
    promotions.length === 0 ? aliases[PREVIOUS] : earlierChampion(promotions, champion);
  const target = to ?? before;
  if (target === undefined) {
    throw new Failure(
      `${model} has no earlier champion than version ${champion}; --to names any of ${ready.join(", ")}`,
    );
  }
  if (target === champion)
    throw new Failure(`version ${target} of ${model} is champion already; --to names another`);
  if (!ready.includes(target)) {
    throw new Failure(
      `${model} has no version ${target} that can be served; it has ${ready.join(", ")}`,
    );
  }
  return { champion, target };
}

/** The record first, then the alias: the other way round an interruption would leave a move that nobody made. */
export async function moveBack(
  registry: ModelRegistry,
  move: { model: string; champion: string; target: string; reason: string },
): Promise<void> {
  const { model, champion, target, reason } = move;
  const at = new Date().toISOString();
  const { key, value } = promotionTag({ at, by: await who(), replaced: champion, reason });
  await registry.setTag(model, target, key, value);
  await registry.setAlias(model, PREVIOUS, champion);
  await registry.setAlias(model, CHAMPION, target);
}
