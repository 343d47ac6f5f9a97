import type { types } from "@pulumi/kubernetes";
import type {
  PolicyConfigSchema,
  ReportViolation,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
} from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";

/** A pod as the program describes it; what was left out is absent. */
export type PodSpec = Unwrap<types.input.core.v1.PodSpec>;
export type Container = Unwrap<types.input.core.v1.Container>;

/** Configuration that policies share. */
interface Settings {
  /** Names of the stacks that count as production. */
  production: string[];
  /** Namespaces of third parties, whose pods follow their vendor's manifests. */
  vendorNamespaces: string[];
}

/** Schema of {@link Settings}, with defaults. */
export const settingsSchema: PolicyConfigSchema = {
  properties: {
    production: { type: "array", items: { type: "string" }, default: ["prod"] },
    vendorNamespaces: { type: "array", items: { type: "string" }, default: ["argocd"] },
  },
};

/** The policy, without what an `up --target` leaves unmade: the engine shows that too, and without any input. */
export function exceptUnmade(policy: ResourceValidationPolicy): ResourceValidationPolicy {
  const validations = [policy.validateResource ?? []].flat().map((validate): ResourceValidation => {
    return (args, report) =>
      Object.keys(args.props).length === 0 ? undefined : validate(args, report);
  });
  return { ...policy, validateResource: validations };
}

/** The Kubernetes kind of a resource, e.g. `Deployment`; undefined for what is not a Kubernetes object. */
export function kindOf(type: string): string | undefined {
  return type.startsWith("kubernetes:") ? type.split(":").at(-1) : undefined;
}

/** Whether a resource belongs to a production stack; its URN begins with `urn:pulumi:<stack>::`. */
export function inProduction(args: ResourceValidationArgs): boolean {
  const stack = args.urn.split("::")[0]?.split(":").at(-1) ?? "";
  return args.getConfig<Settings>().production.includes(stack);
}

/** A validation of every pod of ours, whichever workload it comes from. */
export function forEachPod(
  validate: (pod: PodSpec, report: ReportViolation) => void,
): ResourceValidation {
  return (args, report) => {
    const pod = podOf(args);
    if (pod !== undefined && !belongsToVendor(args)) validate(pod, report);
  };
}

/** A validation of every container of ours, init containers included. */
export function forEachContainer(
  validate: (container: Container, report: ReportViolation) => void,
): ResourceValidation {
  return forEachPod((pod, report) => {
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      validate(container, (message) => {
        report(`container '${container.name}': ${message}`);
      });
    }
  });
}

function belongsToVendor(args: ResourceValidationArgs): boolean {
  const { metadata } = args.props as { metadata?: { namespace?: string } };
  const { vendorNamespaces } = args.getConfig<Settings>();
  return metadata?.namespace !== undefined && vendorNamespaces.includes(metadata.namespace);
}

interface Workload {
  spec: PodSpec & { template?: { spec: PodSpec }; jobTemplate?: { spec: Workload["spec"] } };
}

const WITH_TEMPLATE = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];

function podOf(args: ResourceValidationArgs): PodSpec | undefined {
  const { spec } = args.props as Workload;
  const kind = kindOf(args.type) ?? "";
  if (kind === "Pod") return spec;
  if (kind === "CronJob") return spec.jobTemplate?.spec.template?.spec;
  return WITH_TEMPLATE.includes(kind) ? spec.template?.spec : undefined;
}
