import { at } from "./evaluation.ts";
import type { Pod } from "./references.ts";

/** Where a pod falls short of what every pod has (docs/architecture.md): one sentence each, none for a good pod. */
export function weaknesses({ spec }: Pod): string[] {
  const found: string[] = [];
  const {
    securityContext = {},
    automountServiceAccountToken,
    containers,
    initContainers = [],
  } = spec;
  if (automountServiceAccountToken !== false) found.push("a service-account token");
  if (securityContext["runAsNonRoot"] !== true) found.push("root");
  if (at(securityContext, "seccompProfile.type") !== "RuntimeDefault")
    found.push("no seccomp profile");
  for (const { name, securityContext: own = {}, resources = {} } of [
    ...containers,
    ...initContainers,
  ]) {
    if (own["readOnlyRootFilesystem"] !== true) found.push(`${name}: writable root`);
    if (own["allowPrivilegeEscalation"] !== false) found.push(`${name}: escalation`);
    if (at(own, "capabilities.drop.0") !== "ALL") found.push(`${name}: capabilities`);
    if (!resources.requests?.["cpu"] || !resources.requests["memory"])
      found.push(`${name}: no requests`);
    if (!resources.limits?.["memory"]) found.push(`${name}: no memory limit`);
  }
  return found;
}
