import { setTimeout as sleep } from "node:timers/promises";
import { kubectlFor } from "../lib/kubectl.ts";
import { Failure } from "../lib/failure.ts";
import type { Deployment, Job, StatefulSet } from "../lib/kubernetes.ts";
import { type Cluster } from "./cluster.ts";
import { say } from "../lib/steps.ts";

type Workload = Deployment | StatefulSet | Job;

/**
 * Waits until every Job of the namespaces is complete and every replica ready; a failed Job fails at
 * once, with its last words.
 */
export async function waitForRollout(
  cluster: Cluster,
  namespaces: string[],
  seconds = 600,
): Promise<void> {
  const kubectl = kubectlFor(cluster);
  const deadline = Date.now() + seconds * 1000;
  let before = "";
  for (;;) {
    const kinds = "jobs,deployments,statefulsets";
    const { stdout } = await kubectl(["get", kinds, "--all-namespaces", "-o", "json"]);
    const all = (JSON.parse(stdout) as { items: Workload[] }).items;
    const items = all.filter(
      (item) => namespaces.includes(item.metadata.namespace) && isRolledOut(item),
    );
    const failed = items.find((item) => condition(item, "Failed"));
    if (failed) throw new Failure(await lastWords(cluster, failed));
    const waiting = items
      .filter((item) => !isDone(item))
      .map(label)
      .join(", ");
    if (waiting === "") return;
    if (waiting !== before) say(`  waiting for ${waiting}`);
    if (Date.now() > deadline) {
      const pods = await kubectl(["get", "pods", "--all-namespaces"]);
      throw new Failure(
        `after ${seconds} s not ready: ${waiting}\n${pods.stdout}\n\`kubectl describe pod\` says why; \`npm run sandbox\` goes on from here`,
      );
    }
    before = waiting;
    await sleep(500);
  }
}

function label({ kind, metadata }: Workload): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

function condition({ status }: Workload, type: string): boolean {
  return (
    status?.conditions?.some((entry) => entry.type === type && entry.status === "True") ?? false
  );
}

/** Whether a roll-out waits for it: not for a Job of a schedule or a backup, which runs when it is due or asked for. */
export function isRolledOut({ kind, metadata }: Pick<Workload, "kind" | "metadata">): boolean {
  if (kind !== "Job") return true;
  const { labels = {}, ownerReferences = [] } = metadata;
  const scheduled = ownerReferences.some((owner) => owner.kind === "CronJob");
  return !scheduled && labels["app.kubernetes.io/component"] !== "backup";
}

/** Whether a Job is complete, or a Deployment or StatefulSet has all its replicas ready and up to date. */
export function isDone(item: Workload): boolean {
  if (item.kind === "Job") return condition(item, "Complete");
  const { observedGeneration = 0, updatedReplicas = 0, readyReplicas = 0 } = item.status ?? {};
  const wanted = item.spec.replicas ?? 1;
  const seen = observedGeneration >= (item.metadata.generation ?? 0);
  return seen && updatedReplicas >= wanted && readyReplicas >= wanted;
}

async function lastWords(cluster: Cluster, job: Workload): Promise<string> {
  const { name, namespace } = job.metadata;
  const reason = job.status?.conditions?.find(({ type }) => type === "Failed")?.message ?? "";
  const args = ["-n", namespace, "logs", `job/${name}`, "--tail=20"];
  const logs = await kubectlFor(cluster)(args, { reject: false });
  return `job ${name} failed: ${reason}\n${logs.stdout}\nMend it and run \`npm run sandbox\` again.`;
}
