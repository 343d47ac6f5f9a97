import type { ResourceValidationPolicy } from "@pulumi/policy";
import { autoscalerOwnsReplicas } from "./autoscaler-owns-replicas.ts";
import { boundedResources } from "./bounded-resources.ts";
import { closedDoors } from "./closed-doors.ts";
import { noPlainSecrets } from "./no-plain-secrets.ts";
import { pinnedImages } from "./pinned-images.ts";
import { protectedData } from "./protected-data.ts";
import { exceptUnmade } from "./lib/resource.ts";
import { restrictedPods } from "./restricted-pods.ts";

/** What each resource of every stack must keep to; made anew for each run, because one of them remembers. */
export function policies(): ResourceValidationPolicy[] {
  return [
    pinnedImages,
    boundedResources,
    restrictedPods,
    closedDoors,
    autoscalerOwnsReplicas(),
    protectedData,
    noPlainSecrets,
  ].map(exceptUnmade);
}
