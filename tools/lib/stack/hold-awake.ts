import { HELD } from "../../../components/lib/environment-marker.ts";
import type { Place } from "./environment.ts";
import { applyOwn } from "./own-fields.ts";
import { scheduleObject } from "./sleep-mark.ts";

/** Milliseconds that a command may take before the schedule no longer waits for it: it may have been killed. */
const LONGEST = 2 * 3_600_000;

/** Does something while which the stack's schedule, where it has one, lets nothing fall asleep. */
export async function holdAwake<T>(environment: Place, work: () => Promise<T>): Promise<T> {
  const hold = async (annotations: Record<string, string>) => {
    const schedule = scheduleObject(environment);
    // The work may make the schedule, or take it away.
    if ((await environment.objects.read(schedule)) === undefined) return;
    await applyOwn(environment, { ...schedule, annotations }, "slipway-hold");
  };
  await hold({ [HELD]: new Date(Date.now() + LONGEST).toISOString() });
  try {
    return await work();
  } finally {
    await hold({});
  }
}
