import type { Environment } from "./environment.ts";
import { tell } from "../command.ts";
import { HIBERNATION, REPLICAS, SUSPENDED } from "./sleep-environment.ts";
import { markAsleep } from "./sleep-mark.ts";
import {
  type Workload,
  isReady,
  label,
  listWorkloads,
  setOwn,
  sleepStages,
  untilNone,
} from "./workloads.ts";

/** Seconds that each stage has to get ready. */
const PATIENCE = 300;

/**
 * Brings everything back in the opposite order, each stage ready before the next begins. Wakes only what `sleep` put to
 * sleep; an interrupted wake is finished by another.
 */
export async function wakeEnvironment(environment: Environment): Promise<void> {
  const workloads = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
  for (const stage of sleepStages(workloads).reverse()) {
    for (const workload of stage) await scaleBack(environment, workload);
    const names = stage.map(label);
    await untilNone("these are not ready", PATIENCE, async () => {
      const now = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
      return now
        .filter((workload) => names.includes(label(workload)) && !isReady(workload))
        .map(label);
    });
  }
  for (const job of await listWorkloads(environment, "CronJob", "Job")) {
    if (job.metadata.annotations?.[SUSPENDED] === undefined) continue;
    await setOwn(environment, job, { annotations: {}, spec: { suspend: false } });
    tell(`${label(job)}: resumed`);
  }
  await markAsleep(environment, null);
}

async function scaleBack(environment: Environment, workload: Workload): Promise<void> {
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
