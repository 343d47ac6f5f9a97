import { HIBERNATION, LOGIN, SLEEP_SCHEDULE } from "../../../components/well-known.ts";
import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../failure.ts";
import type { Pod } from "../kubernetes.ts";
import { type Place, ownLabels } from "./environment.ts";
import { tell } from "../tell.ts";
import { asleepSince, markAsleep } from "./sleep-mark.ts";
import { type Workload, label, listWorkloads, setOwn, sleepStages } from "./workloads.ts";

/** Annotation with the replicas that a workload had; present while it sleeps. */
export const REPLICAS = "slipway/replicas-awake";
/** Annotation of what `sleep` suspended, so that `wake` leaves alone what a person suspended. */
export const SUSPENDED = "slipway/suspended-by-sleep";
/** Seconds that pods have to end. */
const PATIENCE = 180;

/**
 * Scales everything to nothing, clients before what they reach: the page, the APIs, MLflow, then what holds data. What is at zero already stays
 * as it is, so that an interrupted sleep is finished by another.
 *
 * @param force suspend a training that runs, instead of refusing.
 * @returns whether anything was changed.
 */
export async function sleepEnvironment(environment: Place, force: boolean): Promise<boolean> {
  const jobs = await jobsToSuspend(environment, force);
  const since = await asleepSince(environment);
  if (since === undefined) await markAsleep(environment, new Date().toISOString());

  await suspend(environment, jobs);
  let changed = jobs.length > 0 || since === undefined;
  const workloads = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
  for (const stage of sleepStages(workloads.filter(mayRest))) {
    const awake = stage.filter(isAwake);
    for (const workload of awake) await scaleToNothing(environment, workload);
    changed ||= awake.length > 0;
    await untilPodsAreGone(environment, stage);
  }
  return changed;
}

/**
 * Trainings that run or are due at some time, and are not suspended.
 *
 * @throws Failure that names those that run, without `force`.
 */
export async function jobsToSuspend(environment: Place, force: boolean): Promise<Workload[]> {
  const cronJobs = await listWorkloads(environment, "CronJob");
  const jobs = await runningJobs(environment);
  if (jobs.length > 0 && !force) {
    const names = jobs.map(({ metadata }) => metadata.name).join(", ");
    throw new Failure(
      `at work in ${environment.namespace}: ${names}; wait for it, or let it begin anew after waking with --force`,
    );
  }
  return [...cronJobs, ...jobs].filter(({ spec }) => spec.suspend !== true);
}

/** Suspends them until the environment wakes. */
export async function suspend(environment: Place, workloads: readonly Workload[]): Promise<void> {
  for (const workload of workloads) {
    const annotations = { [SUSPENDED]: "true" };
    await setOwn(environment, workload, { annotations, spec: { suspend: true } });
    tell(`${label(workload)}: suspended`);
  }
}

async function runningJobs(environment: Place): Promise<Workload[]> {
  const jobs = await listWorkloads(environment, "Job");
  return jobs.filter(({ status, spec }) => (status?.active ?? 0) > 0 && spec.suspend !== true);
}

/** Whether a workload sleeps with the others: who wakes them does not. */
function mayRest({ metadata }: Workload): boolean {
  return ![SLEEP_SCHEDULE, LOGIN].includes(metadata.labels?.["app.kubernetes.io/component"] ?? "");
}

/** Whether a workload still has to be put to sleep. */
function isAwake({ kind, metadata, spec }: Workload): boolean {
  if (kind === "Cluster") return metadata.annotations?.[HIBERNATION] !== "on";
  return (spec.replicas ?? 1) > 0;
}

async function scaleToNothing(environment: Place, workload: Workload): Promise<void> {
  if (workload.kind === "Cluster") {
    await setOwn(environment, workload, { annotations: { [HIBERNATION]: "on", [REPLICAS]: "1" } });
  } else {
    const replicas = workload.spec.replicas ?? 1;
    const annotations = { [REPLICAS]: String(replicas) };
    await setOwn(environment, workload, { annotations, spec: { replicas: 0 } });
  }
  tell(`${label(workload)}: asleep`);
}

/** What needs a database must be gone before the database goes. */
export async function untilPodsAreGone(
  environment: Place,
  stage: readonly Workload[],
): Promise<void> {
  const names = stage.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] ?? "");
  const clusters = stage.filter(({ kind }) => kind === "Cluster");
  const selectors = [
    `app.kubernetes.io/name in (${names.filter(Boolean).join(",")})`,
    `cnpg.io/cluster in (${clusters.map(({ metadata }) => metadata.name).join(",")})`,
  ].filter((selector) => !selector.endsWith("()"));
  const deadline = Date.now() + PATIENCE * 1000;
  for (;;) {
    const left = (await Promise.all(selectors.map((one) => livingPods(environment, one)))).flat();
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      const names = left.join(", ");
      throw new Failure(
        `after ${PATIENCE} s these pods have not ended: ${names}; run the command again`,
      );
    }
    await pause(500);
  }
}

/** Names of the selected pods that have not ended. */
async function livingPods(environment: Place, selector: string): Promise<string[]> {
  const all = [...ownLabels(environment), selector];
  return (await environment.objects.list<Pod>("Pod", all))
    .filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed")
    .map(({ metadata }) => metadata.name);
}
