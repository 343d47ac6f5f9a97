import { ASLEEP } from "../../../components/lib/environment-marker.ts";
import { Failure } from "../failure.ts";
import type { Environment } from "./environment.ts";
import { environmentName, markedObject } from "./environment.ts";
import { applyOwn } from "./own-fields.ts";

/** Since when the environment sleeps; undefined when it is awake. */
export async function asleepSince(environment: Environment): Promise<string | undefined> {
  const get = ["-n", environment.namespace, "get", environmentName(environment), "-o", "json"];
  const { stdout } = await environment.kubectl(get);
  const { metadata } = JSON.parse(stdout) as {
    metadata: { annotations?: Record<string, string> };
  };
  return metadata.annotations?.[ASLEEP];
}

/** Writes or removes the mark. */
export async function markAsleep(environment: Environment, since: string | null): Promise<void> {
  const annotations = since === null ? {} : { [ASLEEP]: since };
  await applyOwn(environment, { ...markedObject(environment), annotations });
}

/** @throws Failure while the environment sleeps. */
export async function needAwake(environment: Environment): Promise<void> {
  const since = await asleepSince(environment);
  if (since === undefined) return;
  throw new Failure(
    `${environment.namespace} has been asleep since ${since}: \`npm run wake -- --stack ${environment.stack}\` first`,
  );
}
