import { HIBERNATION } from "../../../components/well-known.ts";
import { setTimeout as pause } from "node:timers/promises";
import type { Environment, Place } from "./environment.ts";
import { tell } from "../tell.ts";
import { REPLICAS, SUSPENDED } from "./sleep-environment.ts";
import { markAsleep } from "./sleep-mark.ts";
import { type Workload, isReady, label, listWorkloads, setOwn, sleepStages } from "./workloads.ts";

/** Seconds that a stage has to get ready, and in the end all that were late. */
const PATIENCE = 300;

/**
 * Brings everything back in the opposite order, each stage ready before the next begins. What does not get ready holds
 * nothing back for good: all else is woken then without waiting, above all monitoring, and it has until the end. Wakes only
 * what `sleep` put to sleep; an interrupted wake is finished by another.
 *
 * @returns what is not ready, e.g. `Deployment iris-model-api`.
 */
export async function wakeEnvironment(environment: Place, seconds = PATIENCE): Promise<string[]> {
  const workloads = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
  let late: string[] = [];
  for (const stage of sleepStages(workloads).reverse()) {
    for (const workload of stage) await scaleBack(environment, workload);
    if (late.length > 0) continue;
    late = await notReadyAfter(environment, stage, seconds);
    if (late.length > 0) tell(`not ready after ${seconds} s: ${late.join(", ")}; waking the rest`);
  }
  await resumeTrainings(environment);
  await markAsleep(environment, null);
  return late.length === 0 ? [] : notReadyAfter(environment, workloads, seconds);
}

/** Lets trainings go on that `sleep` or `move` suspended. */
export async function resumeTrainings(environment: Place): Promise<void> {
  for (const job of await listWorkloads(environment, "CronJob", "Job")) {
    if (job.metadata.annotations?.[SUSPENDED] === undefined) continue;
    await setOwn(environment, job, { annotations: {}, spec: { suspend: false } });
    tell(`${label(job)}: resumed`);
  }
}

/** What to say of what is not ready, with where to look. */
export function lateInWords(
  { namespace, stack }: Pick<Environment, "namespace" | "stack">,
  late: readonly string[],
): string {
  return (
    `awake, but not ready: ${late.join(", ")}; \`kubectl -n ${namespace} describe pods\` says why, ` +
    `\`npm run wake -- --stack ${stack}\` waits for it once more`
  );
}

/** Those that are not ready when the time is over; none as soon as all are. */
export async function notReadyAfter(
  environment: Place,
  workloads: readonly Workload[],
  seconds = PATIENCE,
): Promise<string[]> {
  const names = workloads.map(label);
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const now = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
    const late = now.filter((one) => names.includes(label(one)) && !isReady(one)).map(label);
    if (late.length === 0 || Date.now() > deadline) return late;
    await pause(500);
  }
}

/** Gives a workload that `sleep` or `move` stopped its replicas back. */
export async function scaleBack(environment: Place, workload: Workload): Promise<void> {
  const before = workload.metadata.annotations?.[REPLICAS];
  if (before === undefined) return;
  if (workload.kind === "Cluster") {
    await setOwn(environment, workload, { annotations: { [HIBERNATION]: "off" } });
  } else {
    // Somebody may have scaled it up by hand meanwhile.
    const replicas = Math.max(Number(before), workload.spec.replicas ?? 0);
    await setOwn(environment, workload, { annotations: {}, spec: { replicas } });
  }
  tell(`${label(workload)}: woken`);
}
