import { Failure } from "../local/failure.ts";
import type { Access } from "./access.ts";
import { environmentName, standFor } from "./environment.ts";
import { applyOwn } from "./own-fields.ts";

/** Annotation of what stands for an environment that sleeps, or is on its way there or back: since when. */
export const ASLEEP = "slipway/asleep-since";

/** Since when the environment sleeps; undefined when it is awake. */
export async function asleepSince(access: Access): Promise<string | undefined> {
  const get = ["-n", access.namespace, "get", environmentName(access), "-o", "json"];
  const { stdout } = await access.kubectl(get);
  const { metadata } = JSON.parse(stdout) as {
    metadata: { annotations?: Record<string, string> };
  };
  return metadata.annotations?.[ASLEEP];
}

/** Writes or removes the mark. */
export async function markAsleep(access: Access, since: string | null): Promise<void> {
  const annotations = since === null ? {} : { [ASLEEP]: since };
  await applyOwn(access, { ...standFor(access), annotations });
}

/** @throws Failure while the environment sleeps. */
export async function needAwake(access: Access): Promise<void> {
  const since = await asleepSince(access);
  if (since === undefined) return;
  throw new Failure(
    `${access.namespace} has been asleep since ${since}: \`npm run wake -- --stack ${access.stack}\` first`,
  );
}
