import { Failure } from "../../lib/failure.ts";
import type { CronJob } from "../../lib/kubernetes.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import type { PodSpec } from "./pods.ts";
import { followJob } from "../../lib/stack/follow-job.ts";
import { listWorkloads } from "../../lib/stack/workloads.ts";

/** The CronJobs of the component `Backup`. */
export type BackupTask = "backup" | "restore" | "restore-moment" | "restore-drill";

/** Lines of these say nothing to a person. */
const SERVERS = "throwaway-";

/**
 * Makes a Job of a CronJob now, and shows what it says.
 *
 * @param change what of its pod is other than on schedule.
 * @throws Failure where a stack has no backups, another of these Jobs works, or it does not end well.
 */
export async function runTask(
  environment: Environment,
  task: BackupTask,
  change: (pod: PodSpec) => void = () => undefined,
): Promise<void> {
  const { kubectl, namespace, stack } = environment;
  const stdout = await cronJob(environment, task);
  if (stdout === "") {
    throw new Failure(
      `${stack} has no CronJob '${task}': write slipway:backup into its stack file (docs/runbooks/restore.md), then npm run deploy -- --stack ${stack}`,
    );
  }
  await needNoOther(environment);
  const { metadata, spec } = (JSON.parse(stdout) as CronJob).spec.jobTemplate;
  const pod = spec?.template.spec;
  if (spec === undefined || pod === undefined)
    throw new Failure(`the CronJob '${task}' has no pod: deploy again`);
  change(pod);
  const name = `${task}-${Date.now().toString(36)}`;
  const job = {
    ...{ apiVersion: "batch/v1", kind: "Job" },
    metadata: { name, namespace, labels: metadata?.labels },
    // Its lines can be read for a day.
    spec: { ...spec, backoffLimit: 0, ttlSecondsAfterFinished: 86_400 },
  };
  await kubectl(["create", "-f", "-"], { input: JSON.stringify(job) });
  const containers = [...(pod.initContainers ?? []), ...pod.containers].map((one) => one.name);
  const spoken = containers.filter((one) => !one.startsWith(SERVERS));
  if (await followJob(environment, name, spoken)) return;
  throw new Failure(
    `${task} failed: the lines above say why, or kubectl -n ${namespace} describe job/${name}`,
  );
}

/** Whether a stack keeps every change of its database. */
export async function keepsChanges(environment: Environment): Promise<boolean> {
  return (await cronJob(environment, "restore-moment")) !== "";
}

/** A task's CronJob as JSON; empty where there is none. */
async function cronJob({ kubectl, namespace }: Environment, task: BackupTask): Promise<string> {
  const get = ["-n", namespace, "get", "cronjob", task, "-o", "json", "--ignore-not-found"];
  return (await kubectl(get)).stdout;
}

/** They share one volume. */
async function needNoOther(environment: Environment): Promise<void> {
  const jobs = await listWorkloads(environment, "Job");
  const busy = jobs.filter(
    ({ metadata, status, spec }) =>
      metadata.labels?.["app.kubernetes.io/component"] === "backup" &&
      (status?.active ?? 0) > 0 &&
      spec.suspend !== true,
  );
  if (busy.length === 0) return;
  const names = busy.map(({ metadata }) => metadata.name).join(", ");
  throw new Failure(
    `at work in ${environment.namespace}: ${names}; wait for it: kubectl -n ${environment.namespace} logs -f job/${names}`,
  );
}
