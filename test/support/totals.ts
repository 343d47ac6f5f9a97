import { parseQuantity } from "../../components/lib/quantity.ts";
import { type Described, at } from "./evaluation.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { type Pod, podsOf } from "./references.ts";

/** What a quota counts, with every autoscaler at its maximum, all trainings under way and a roll-out of everything. */
export function totals(described: Described) {
  const sum = { cpu: 0, memory: 0, limits: 0, pods: 0, storage: 0 };
  for (const object of described.objects) {
    const [pod] = podsOf([object]);
    if (pod) {
      const scaler = described
        .kind("HorizontalPodAutoscaler")
        .find(({ metadata }) => metadata.name === object.metadata.name);
      const replicas = at(scaler, "spec.maxReplicas") ?? at(object, "spec.replicas") ?? 1;
      const most = Number(replicas) + surge(object, Number(replicas));
      sum.cpu += most * effective(pod, ({ resources }) => resources?.requests?.["cpu"]);
      sum.memory += most * effective(pod, ({ resources }) => resources?.requests?.["memory"]);
      sum.limits += most * effective(pod, ({ resources }) => resources?.limits?.["memory"]);
      sum.pods += most;
    }
    if (object.kind === "PersistentVolumeClaim") {
      sum.storage += parseQuantity(at(object, "spec.resources.requests.storage") as string);
    }
  }
  return sum;
}

type Container = Pod["spec"]["containers"][number] & { restartPolicy?: string };

/** What a pod counts for: its containers with the servers beside them, or a step before with those until then (KEP 753). */
function effective({ spec }: Pod, of: (container: Container) => string | undefined): number {
  const value = (container: Container) => parseQuantity(of(container) ?? "0");
  let [servers, most] = [0, 0];
  for (const step of (spec.initContainers ?? []) as Container[]) {
    most = Math.max(most, servers + value(step));
    if (step.restartPolicy === "Always") servers += value(step);
  }
  const main = spec.containers.reduce((total, one) => total + value(one), servers);
  return Math.max(most, main);
}

/** Pods that a roll-out adds: a quarter, rounded up, is a Deployment's own default. */
function surge(object: Manifest, replicas: number): number {
  if (object.kind !== "Deployment" || at(object, "spec.strategy.type") === "Recreate") return 0;
  return Number(at(object, "spec.strategy.rollingUpdate.maxSurge") ?? Math.ceil(replicas / 4));
}
