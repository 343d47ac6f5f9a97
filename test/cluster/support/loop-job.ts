import assert from "node:assert/strict";
import { kubectl, until } from "./sandbox.ts";

interface Pod {
  metadata: { labels: Record<string, string> };
  spec: { containers: Record<string, unknown>[]; volumes: object[] };
}

interface CronJob {
  spec: { jobTemplate: { spec: { template: Pod } } };
}

/** What one Job has otherwise than the CronJob that it is made of. */
interface Otherwise {
  command?: string[];
  args?: string[];
  /** Files below `/app/models`, by name. */
  models?: Record<string, string>;
}

/** Runs a Job of a CronJob's pod to its end, and gives what it printed. @throws AssertionError with that where it failed. */
export async function runOf(cronJob: string, name: string, other: Otherwise = {}): Promise<string> {
  const { spec } = JSON.parse(await kubectl("get", `cronjob/${cronJob}`, "-o", "json")) as CronJob;
  const { metadata, spec: pod } = spec.jobTemplate.spec.template;
  const { models, ...words } = other;
  const [container, ...others] = pod.containers;
  assert.deepEqual(others, []);
  const mounts = (container?.["volumeMounts"] ?? []) as object[];
  const mount = { name: "models", mountPath: "/app/models", readOnly: true };
  const spread = models === undefined ? [] : [{ name: "models", configMap: { name } }];
  const changed = { ...container, ...words, volumeMounts: [...mounts, ...(models ? [mount] : [])] };
  const template = {
    metadata: { labels: metadata.labels },
    spec: { ...pod, containers: [changed], volumes: [...pod.volumes, ...spread] },
  };
  const items = [
    ...(models ? [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: models }] : []),
    {
      ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name, labels: metadata.labels } },
      spec: { backoffLimit: 0, template },
    },
  ];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl("apply", "-f", "-", { input });
  try {
    let ended = "";
    await until(
      `the Job ${name}`,
      async () => {
        const path = "jsonpath={.status.conditions[?(@.status=='True')].type}";
        ended = await kubectl("get", `job/${name}`, "-o", path);
        return /Complete|Failed/.test(ended);
      },
      420,
    );
    const log = await kubectl("logs", `job/${name}`, "--all-containers", "--tail=-1");
    assert.match(ended, /Complete/, log);
    return log;
  } finally {
    await kubectl("delete", `job/${name}`, `configmap/${name}`, "--ignore-not-found");
  }
}
