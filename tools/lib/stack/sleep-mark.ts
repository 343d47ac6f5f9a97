import { ASLEEP } from "../../../components/lib/environment-marker.ts";
import { SLEEP_SCHEDULE } from "../../../components/well-known.ts";
import { Failure } from "../failure.ts";
import type { Environment, Place } from "./environment.ts";
import { markedObject } from "./environment.ts";
import type { Named } from "./objects.ts";
import { applyOwn } from "./own-fields.ts";

interface Marked extends Named {
  metadata: Named["metadata"] & { annotations?: Record<string, string> };
}

/** Since when the environment sleeps; undefined when it is awake. */
export async function asleepSince(environment: Place): Promise<string | undefined> {
  const marks = await marksOf(environment);
  return marks.flatMap(({ metadata }) => metadata.annotations?.[ASLEEP] ?? [])[0];
}

/** Writes or removes the mark. */
export async function markAsleep(environment: Place, since: string | null): Promise<void> {
  const marks = await marksOf(environment);
  const marked = marks.filter(({ metadata }) => metadata.annotations?.[ASLEEP] !== undefined);
  const objects = since === null ? marked : marks.slice(0, 1);
  const annotations: Record<string, string> = since === null ? {} : { [ASLEEP]: since };
  for (const { kind, metadata } of objects) {
    const { name, namespace } = metadata;
    const object = { name, ...(kind === "Namespace" ? {} : { namespace }) };
    await applyOwn(environment, { apiVersion: "v1", kind, metadata: object, annotations });
  }
}

/** The ConfigMap of the stack's schedule, where it has one. */
export function scheduleObject({ namespace }: Pick<Place, "namespace">) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: SLEEP_SCHEDULE, namespace },
  } as const;
}

/**
 * What may have the mark: the ConfigMap of the stack's schedule first, where there is one, since what runs in the environment must not have rights on its
 * namespace, whose labels say what pods may do; then what has marked it before there was a schedule.
 */
async function marksOf(environment: Place): Promise<Marked[]> {
  const { objects } = environment;
  const read = async (place: Named) => {
    const found = await objects.read<Marked>(place);
    return found ? [{ ...found, kind: place.kind }] : [];
  };
  return (
    await Promise.all([read(scheduleObject(environment)), read(markedObject(environment))])
  ).flat();
}

/** @throws Failure while the environment sleeps. */
export async function needAwake(environment: Environment): Promise<void> {
  const since = await asleepSince(environment);
  if (since === undefined) return;
  throw new Failure(
    `${environment.namespace} has been asleep since ${since}: \`npm run wake -- --stack ${environment.stack}\` first`,
  );
}
