import type { ReportViolation, ResourceValidationPolicy } from "@pulumi/policy";
import {
  type Container,
  forEachContainer,
  forEachPod,
  type PodSpec,
  settingsSchema,
} from "./lib/resource.ts";

/** The *restricted* Pod Security Standard where it is declared, and the house's own two rules: read-only root, no token. */
export const restrictedPods: ResourceValidationPolicy = {
  name: "restricted-pods",
  description:
    "Pods run unprivileged as non-root, with a read-only root file system and no service-account token.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: [forEachPod(checkPod), forEachContainer(checkContainer)],
};

function checkPod(pod: PodSpec, report: ReportViolation): void {
  const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {};
  if (runAsNonRoot !== true) report("set 'securityContext.runAsNonRoot: true' on the pod");
  if (runAsUser === 0) report("'securityContext.runAsUser' (0) is root; name another id, or none");
  if (seccompProfile?.type !== "RuntimeDefault" && seccompProfile?.type !== "Localhost") {
    report("set 'securityContext.seccompProfile.type: RuntimeDefault' on the pod");
  }
  if (pod.automountServiceAccountToken !== false) {
    report("set 'automountServiceAccountToken: false'; project a token where one is needed");
  }
  for (const field of ["hostNetwork", "hostPID", "hostIPC"] as const) {
    if (pod[field] === true) report(`'${field}' opens the node to the pod; leave it out`);
  }
  for (const { name, hostPath } of pod.volumes ?? []) {
    if (hostPath !== undefined) report(`volume '${name}' mounts the node's own files; use a claim`);
  }
}

function checkContainer({ securityContext = {} }: Container, report: ReportViolation): void {
  const { privileged, allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities, runAsUser } =
    securityContext;
  if (privileged === true) report("'securityContext.privileged' must not be true");
  if (runAsUser === 0) report("'securityContext.runAsUser' (0) is root; name another id, or none");
  if (allowPrivilegeEscalation !== false) {
    report("set 'securityContext.allowPrivilegeEscalation: false'");
  }
  if (readOnlyRootFilesystem !== true) report("set 'securityContext.readOnlyRootFilesystem: true'");
  if (capabilities?.drop?.includes("ALL") !== true) {
    report("set 'securityContext.capabilities.drop: [ALL]'");
  }
  if ((capabilities?.add ?? []).some((capability) => capability !== "NET_BIND_SERVICE")) {
    report(`'securityContext.capabilities.add' (${String(capabilities?.add)}) must be empty`);
  }
}
