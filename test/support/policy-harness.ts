import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";

/** A Kubernetes object as `render` writes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata?: { name?: string; namespace?: string; annotations?: Record<string, string> };
  [field: string]: unknown;
}

interface Context {
  /** @default dev */
  stack?: string;
  /** The resource option. @default false */
  protect?: boolean;
}

/** What a policy reports about an object, as the engine would hand it over, with the policy's default configuration. */
export async function violations(
  policy: ResourceValidationPolicy,
  { apiVersion, kind, ...props }: Manifest,
  { stack = "dev", protect = false }: Context = {},
): Promise<string[]> {
  const group = apiVersion === "v1" ? "core/v1" : apiVersion;
  const type = `kubernetes:${group}:${kind}`;
  const name = props.metadata?.name ?? "it";
  const defaults = Object.fromEntries(
    Object.entries(policy.configSchema?.properties ?? {}).map(([key, schema]) => [
      key,
      schema.default,
    ]),
  );
  const args: ResourceValidationArgs = {
    type,
    name,
    props,
    urn: `urn:pulumi:${stack}::slipway::${type}::${name}`,
    opts: {
      protect,
      ignoreChanges: [],
      aliases: [],
      additionalSecretOutputs: [],
      customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    },
    stackTags: new Map(),
    isType: () => false,
    asType: () => undefined,
    getConfig: () => defaults as never,
    notApplicable: (reason) => {
      throw new Error(reason);
    },
  };
  const messages: string[] = [];
  for (const validate of [policy.validateResource ?? []].flat()) {
    await validate(args, (message) => messages.push(message));
  }
  return messages;
}

/** A Deployment that keeps every policy; `container` and `pod` replace fields of its container and pod. */
export function deployment(container: object = {}, pod: object = {}): Manifest {
  const good = {
    name: "api",
    image: "quay.io/team/serving:1a2b3c4",
    env: [{ name: "LOG_LEVEL", value: "info" }],
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
  const spec = {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [{ ...good, ...container }],
    ...pod,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "api", namespace: "slipway-dev" },
    spec: { template: { spec } },
  };
}
