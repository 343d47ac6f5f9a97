import type * as k8s from "@pulumi/kubernetes";

type CronJobSpec = k8s.types.input.batch.v1.CronJobSpec;

/** A Job that runs at times, never two of them at once. */
export function cronJobSpec(
  schedule: string,
  labels: Record<string, string>,
  spec: k8s.types.input.batch.v1.JobSpec,
): CronJobSpec {
  return {
    schedule,
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    jobTemplate: { metadata: { labels }, spec },
  };
}
