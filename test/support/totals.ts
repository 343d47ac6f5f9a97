import { parseQuantity } from "../../components/lib/quantity.ts";
import { type Described, at } from "./evaluation.ts";
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
      // A roll-out adds one pod.
      const most = Number(replicas) + (object.kind === "Deployment" ? 1 : 0);
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
