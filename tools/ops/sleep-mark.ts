import { Failure } from "../local/failure.ts";
import type { Access } from "./access.ts";
import { applyOwn } from "./own-fields.ts";

/** Annotation of the namespace of an environment that sleeps, or is on its way there or back: since when. */
export const ASLEEP = "slipway/asleep-since";

/** Since when the environment sleeps; undefined when it is awake. */
export async function asleepSince({ kubectl, namespace }: Access): Promise<string | undefined> {
  const { stdout } = await kubectl(["get", "namespace", namespace, "-o", "json"]);
  const { metadata } = JSON.parse(stdout) as {
    metadata: { annotations?: Record<string, string> };
  };
  return metadata.annotations?.[ASLEEP];
}

/** Writes or removes the mark. */
export async function markAsleep(access: Access, since: string | null): Promise<void> {
  const name = access.namespace;
  const annotations = since === null ? {} : { [ASLEEP]: since };
  await applyOwn(access, { apiVersion: "v1", kind: "Namespace", metadata: { name }, annotations });
}

/** @throws Failure while the environment sleeps. */
export async function needAwake(access: Access): Promise<void> {
  const since = await asleepSince(access);
  if (since === undefined) return;
  throw new Failure(
    `${access.namespace} has been asleep since ${since}: \`npm run wake -- --stack ${access.stack}\` first`,
  );
}
