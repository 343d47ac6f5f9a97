import { parseQuantity } from "../../components/lib/quantity.ts";
import { type Described, at } from "./evaluation.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { podsOf } from "./references.ts";

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
      for (const { resources } of pod.spec.containers) {
        sum.cpu += most * parseQuantity(resources?.requests?.["cpu"] ?? "0");
        sum.memory += most * parseQuantity(resources?.requests?.["memory"] ?? "0");
        sum.limits += most * parseQuantity(resources?.limits?.["memory"] ?? "0");
      }
      sum.pods += most;
    }
    if (object.kind === "PersistentVolumeClaim") {
      sum.storage += parseQuantity(at(object, "spec.resources.requests.storage") as string);
    }
  }
  return sum;
}

/** Pods that a roll-out adds: a quarter, rounded up, is a Deployment's own default. */
function surge(object: Manifest, replicas: number): number {
  if (object.kind !== "Deployment" || at(object, "spec.strategy.type") === "Recreate") return 0;
  return Number(at(object, "spec.strategy.rollingUpdate.maxSurge") ?? Math.ceil(replicas / 4));
}
