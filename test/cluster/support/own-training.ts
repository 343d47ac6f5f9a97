import assert from "node:assert/strict";
import { kubectl, objects } from "./sandbox.ts";

interface ConfigMap {
  data: Record<string, string>;
}

interface Job {
  metadata: { name: string };
  spec: {
    template: {
      metadata: { labels: Record<string, string> };
      spec: {
        containers: object[];
        volumes: { name: string; configMap?: { name: string } }[];
      };
    };
  };
}

/** What one training has otherwise than the one that the platform made of its model. */
interface Otherwise {
  /** Its Job's name, and that of the ConfigMap with its model YAML. */
  name: string;
  /** The model, e.g. `diabetes`. */
  of: string;
  /** The YAML that it trains by. @default the model's own */
  yaml?: (own: string) => string;
  /** What runs instead. @default the training */
  command?: string[];
}

/** Starts a training beside those of the platform. */
export async function startTraining({ name, of, yaml, command }: Otherwise): Promise<void> {
  const jobs = await objects<Job>("jobs");
  const job = jobs.find(({ metadata }) => metadata.name.startsWith(`${of}-model-training`));
  assert(job, `no training of ${of}`);
  const { metadata, spec } = job.spec.template;
  const volume = spec.volumes.find(({ configMap }) => configMap);
  const models = await kubectl("get", `configmap/${volume?.configMap?.name ?? ""}`, "-o", "json");
  const file = `${of}.yaml`;
  const own = (JSON.parse(models) as ConfigMap).data[file] ?? "";
  const changed = yaml?.(own) ?? own;
  assert.equal(changed === own, yaml === undefined, `${file} lacks what was to be changed`);
  const labels = Object.fromEntries(
    Object.entries(metadata.labels).filter(([key]) => !/controller-uid|job-name/.test(key)),
  );
  const volumes = spec.volumes.map((each) =>
    each === volume ? { ...each, configMap: { name } } : each,
  );
  const containers = spec.containers.map((each) => ({
    ...each,
    ...(command && { command, args: [] }),
  }));
  const template = { metadata: { labels }, spec: { ...spec, containers, volumes } };
  const items = [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { [file]: changed } },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, labels },
      spec: { backoffLimit: 0, template },
    },
  ];
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl("apply", "-f", "-", { input: list });
}

/** Takes it away. */
export async function endTraining(name: string): Promise<void> {
  await kubectl("delete", `job/${name}`, `configmap/${name}`, "--ignore-not-found");
}
