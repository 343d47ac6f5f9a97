import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";

/** The controllers that make pods of workloads, scale them and admit them. */
export const WORKLOAD_CONTROLLERS = [
  "deployment",
  "replicaset",
  "statefulset",
  "job",
  "cronjob",
  "horizontalpodautoscaling",
  "serviceaccount",
  "resourcequota",
  "endpoint",
  "endpointslice",
];

interface Pod {
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  status: { phase: string };
}

/** Label of a Job's pod that goes on running. */
export const ENDLESS = "stand-in/endless";

/**
 * Stands in for a node: says of every pod that it runs and is ready, of a Job's pod that it has ended well, unless it is
 * {@link ENDLESS}. Nothing runs.
 *
 * @returns stops it.
 */
export function standInKubelet(kubectl: string, kubeconfig: string): () => Promise<void> {
  const stop = new AbortController();
  const env = { KUBECONFIG: kubeconfig };
  const run = (args: string[]) => execa(kubectl, args, { env, reject: false });
  const work = (async () => {
    while (!stop.signal.aborted) {
      const { stdout } = await run(["get", "pods", "-A", "-o", "json"]);
      const { items = [] } = (stdout === "" ? {} : JSON.parse(stdout)) as { items?: Pod[] };
      for (const { metadata, status } of items) {
        const { labels = {} } = metadata;
        const ended = "batch.kubernetes.io/job-name" in labels && !(ENDLESS in labels);
        const phase = ended ? "Succeeded" : "Running";
        if (status.phase === phase || status.phase === "Succeeded") continue;
        const now = new Date().toISOString();
        const ready = { type: "Ready", status: ended ? "False" : "True", lastTransitionTime: now };
        const next = { phase, startTime: now, conditions: [ready] };
        const patch = JSON.stringify({ status: next });
        const pod = ["-n", metadata.namespace, "patch", "pod", metadata.name];
        await run([...pod, "--subresource=status", "--type=merge", "-p", patch]);
      }
      await sleep(300);
    }
  })();
  return async () => {
    stop.abort();
    await work;
  };
}
