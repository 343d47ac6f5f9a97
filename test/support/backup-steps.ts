import { type Described, at } from "./evaluation.ts";

/** A bucket of others, as `slipway:backup.to` says. */
export const S3 = {
  ...{
    kind: "s3",
    endpoint: "https://s3.example.com:9443/",
    addresses: ["public"],
    bucket: "team-backups",
  },
  ...{ region: "eu-west-3", accessKey: "backup", secretKey: "canary" },
};
/** A container of a backup's pods. */
export interface Step {
  name: string;
  image: string;
  command: string[];
  restartPolicy?: string;
  volumeMounts: { name: string }[];
  env?: { name: string; value?: string }[];
}

/** The steps of a CronJob's pod in their order. */
export function steps(described: Described, task: string): Step[] {
  const pod = at(described.object("CronJob", task), "spec.jobTemplate.spec.template.spec");
  return [...((at(pod, "initContainers") ?? []) as Step[]), ...(at(pod, "containers") as Step[])];
}
/** Variables of one of them. */
export function variables(described: Described, task: string, step: string) {
  const { env = [] } = steps(described, task).find(({ name }) => name === step) ?? {};
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}
