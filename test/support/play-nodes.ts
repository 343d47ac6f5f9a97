import { setTimeout as sleep } from "node:timers/promises";
import type { Kubectl } from "./argo-application.ts";

/** Objects whose state the controllers of a whole cluster would write. */
interface Item {
  kind: string;
  metadata: { name: string; generation: number };
  spec: { replicas?: number };
  status?: { observedGeneration?: number; conditions?: unknown[] };
}

/**
 * Plays the part of a cluster's nodes and controllers in a namespace: every Deployment's pods run at once.
 *
 * @returns ends it.
 */
export function playNodes(kubectl: Kubectl, namespace: string): () => Promise<void> {
  let stopped = false;
  const round = async () => {
    const { items } = JSON.parse(
      await kubectl(["-n", namespace, "get", "deployments,hpa,pdb", "-o", "json"]),
    ) as { items: Item[] };
    for (const item of items) {
      const status = statusOf(item);
      if (status === undefined) continue;
      const patch = ["--type=merge", `--patch=${JSON.stringify({ status })}`];
      const { kind, metadata } = item;
      await kubectl([
        "-n",
        namespace,
        "patch",
        kind,
        metadata.name,
        "--subresource=status",
        ...patch,
      ]);
    }
  };
  const rounds = async () => {
    // What a sync or a prune takes away between two calls is met again in the next round.
    while (!stopped) {
      await round().catch(() => undefined);
      await sleep(500);
    }
  };
  const running = rounds();
  return () => {
    stopped = true;
    return running;
  };
}

/** Undefined where it is up to date. */
function statusOf({ kind, metadata, spec, status = {} }: Item): object | undefined {
  if (kind === "Deployment") {
    const { generation } = metadata;
    if ((status.observedGeneration ?? 0) >= generation) return undefined;
    const { replicas = 1 } = spec;
    const all = { replicas, updatedReplicas: replicas, readyReplicas: replicas };
    return { ...all, availableReplicas: replicas, observedGeneration: generation };
  }
  if (status.conditions !== undefined) return undefined;
  const base = { status: "True", lastTransitionTime: new Date().toISOString(), message: "" };
  return kind === "HorizontalPodAutoscaler"
    ? {
        currentMetrics: [],
        desiredReplicas: 1,
        conditions: [{ ...base, type: "AbleToScale", reason: "ReadyForNewScale" }],
      }
    : {
        ...{ currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 1 },
        conditions: [{ ...base, type: "DisruptionAllowed", reason: "SufficientPods" }],
      };
}
