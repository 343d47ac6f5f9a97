import { HELD } from "../../../components/lib/environment-marker.ts";
import { selector, labelPairs } from "../../../components/lib/labels.ts";
import { SLEEP_SCHEDULE } from "../../../components/well-known.ts";
import type { Place } from "./environment.ts";
import { applyOwn } from "./own-fields.ts";

/** Milliseconds that a command may take before the schedule no longer waits for it: it may have been killed. */
const LONGEST = 2 * 3_600_000;

/** Does something while which the stack's schedule, where it has one, lets nothing fall asleep. */
export async function holdAwake<T>(environment: Place, work: () => Promise<T>): Promise<T> {
  const { objects, instance, namespace } = environment;
  const hold = async (annotations: Record<string, string>) => {
    const labels = labelPairs(selector(SLEEP_SCHEDULE, instance));
    // The work may make the schedule, or take it away.
    for (const { metadata } of await objects.list<{ metadata: { name: string } }>(
      "ConfigMap",
      labels,
    )) {
      const own = { name: metadata.name, namespace };
      const object = { apiVersion: "v1", kind: "ConfigMap" as const, metadata: own };
      await applyOwn(environment, { ...object, annotations }, "slipway-hold");
    }
  };
  await hold({ [HELD]: new Date(Date.now() + LONGEST).toISOString() });
  try {
    return await work();
  } finally {
    await hold({});
  }
}
