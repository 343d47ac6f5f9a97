import type { ResourceValidationPolicy } from "@pulumi/policy";
import { forEachContainer, settingsSchema } from "./lib/resource.ts";

/** Without requests the scheduler is blind, without a memory limit one leak takes the node. CPU has no limit on purpose. */
export const boundedResources: ResourceValidationPolicy = {
  name: "bounded-resources",
  description: "Containers request CPU and memory, and limit their memory.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: forEachContainer(({ resources }, report) => {
    const { requests = {}, limits = {} } = resources ?? {};
    if (requests["cpu"] === undefined) report("set 'resources.requests.cpu'");
    if (requests["memory"] === undefined) report("set 'resources.requests.memory'");
    if (limits["memory"] === undefined) report("set 'resources.limits.memory'");
  }),
};
