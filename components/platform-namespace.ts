import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Environment, hashKey, uniqueName } from "./environment.ts";
import { ENVIRONMENT_MARKER } from "./lib/environment-marker.ts";
import { instanceLabel, labels, restrictedPods, selector } from "./lib/labels.ts";
import { policy, toDns } from "./lib/network.ts";
import { fixedName, holdsData } from "./lib/options.ts";
import type { Registry } from "./registry.ts";

/** A ceiling of everything in a namespace. */
export interface Quota {
  /** Sum of requested CPU. */
  cpu: string;
  /** Sum of requested memory. */
  memory: string;
  /** Sum of volume sizes. */
  storage: string;
  /** Number of pods. */
  pods: number;
}

export interface PlatformNamespaceArgs {
  /**
   * Namespace of somebody else to live in, beside what is there; it is neither made nor deleted.
   * @default a namespace of the component's own name is made
   */
  existing?: string | undefined;
  /** Ceiling of everything inside; of an existing namespace its owner sets it. @default none */
  quota?: Quota;
  /** Leave fixed user ids out, as OpenShift asks. @default false */
  openshift?: boolean;
  /** Keep the namespace, and with it everything inside, through `destroy`. @default false */
  protect?: boolean;
  /** Data that may go all the same, e.g. `postgres-data`. @default none */
  allowDataLoss?: readonly string[];
  /**
   * Registry to pull images from; credentials become a pull secret.
   * @default images are already on the nodes
   */
  registry?: Registry | undefined;
}

/**
 * The environment's namespace: restricted pods, a quota, and no traffic but what a policy allows. In
 * a namespace that exists only the policies are made, for the environment's own pods.
 */
export class PlatformNamespace extends pulumi.ComponentResource {
  /** Name, e.g. `slipway-dev`; whoever uses it waits for the namespace. */
  readonly name: pulumi.Output<string>;
  /** The same name, known before anything exists. */
  readonly plainName: string;
  /** What everything in here has in common. */
  readonly environment: Environment;

  constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:PlatformNamespace", name, {}, opts);
    const { existing, quota, openshift = false, protect = false, registry } = args;
    const { allowDataLoss = [] } = args;
    const child = fixedName(this);
    const shared = existing !== undefined;
    this.plainName = existing ?? name;
    const key = hashKey(name, this);
    this.name = shared ? this.#marker(name, existing) : this.#own(name, quota, protect);

    const metadata = (object: string) => ({
      name: uniqueName(object, name, shared),
      namespace: this.name,
      labels: platformLabels(name),
    });
    // A namespace of our own is closed to whatever else runs there, such as a debugging shell.
    const pods = shared ? instanceLabel(name) : {};
    const deny = { metadata: metadata("default-deny"), spec: policy(pods, {}) };
    new k8s.networking.v1.NetworkPolicy(`${name}-default-deny`, deny, child);
    const dns = { metadata: metadata("allow-dns"), spec: dnsPolicy(pods, openshift) };
    new k8s.networking.v1.NetworkPolicy(`${name}-allow-dns`, dns, child);

    const secretArgs = registry && pullSecretArgs(metadata("registry"), registry);
    const pullSecret = secretArgs && new k8s.core.v1.Secret(name, secretArgs, child);
    this.environment = new Environment({
      name: this.name,
      plainName: this.plainName,
      instance: name,
      shared,
      protect,
      allowDataLoss,
      pods: { openshift, pullSecrets: pullSecret ? [pullSecret.metadata.name] : [] },
      egress: [],
      hashKey: () => key,
    });
    this.registerOutputs({ name: this.name });
  }

  /** The namespace itself, and what limits it. */
  #own(
    name: string,
    quota: PlatformNamespaceArgs["quota"],
    protect: boolean,
  ): pulumi.Output<string> {
    const child = fixedName(this);
    const { metadata } = new k8s.core.v1.Namespace(
      name,
      { metadata: { name, labels: { ...platformLabels(name), ...restrictedPods() } } },
      holdsData(this, protect),
    );
    if (quota === undefined) return metadata.name;
    const within = { namespace: metadata.name, labels: platformLabels(name) };
    new k8s.core.v1.ResourceQuota(
      name,
      { metadata: { name: "quota", ...within }, spec: quotaSpec(quota) },
      child,
    );
    new k8s.core.v1.LimitRange(
      name,
      { metadata: { name: "defaults", ...within }, spec: limitRangeSpec() },
      child,
    );
    return metadata.name;
  }

  /**
   * Marks the environment where the namespace cannot. Everything waits for it, so that a second
   * stack, which finds the name taken, makes nothing.
   */
  #marker(name: string, namespace: string): pulumi.Output<string> {
    const metadata = { name: ENVIRONMENT_MARKER, namespace, labels: platformLabels(name) };
    const data = { instance: name };
    return new k8s.core.v1.ConfigMap(name, { metadata, data }, fixedName(this)).metadata.namespace;
  }
}

function platformLabels(instance: string): Record<string, string> {
  return labels(selector("namespace", instance), "platform");
}

function quotaSpec({ cpu, memory, storage, pods }: Quota) {
  return {
    hard: {
      "requests.cpu": cpu,
      "requests.memory": memory,
      "requests.storage": storage,
      pods: String(pods),
    },
  };
}

/**
 * For pods that are not ours, such as a debugging shell: the quota admits nothing without requests.
 */
function limitRangeSpec(): k8s.types.input.core.v1.LimitRangeSpec {
  return {
    limits: [
      {
        type: "Container",
        defaultRequest: { cpu: "25m", memory: "64Mi" },
        default: { memory: "256Mi" },
      },
    ],
  };
}

function dnsPolicy(pods: Record<string, string>, openshift: boolean) {
  return {
    podSelector: { matchLabels: pods },
    policyTypes: ["Egress"],
    egress: [toDns(openshift)],
  };
}

/** Nothing for a registry that asks for no credentials. */
function pullSecretArgs(
  metadata: k8s.types.input.meta.v1.ObjectMeta,
  { host, username, password }: Registry,
): k8s.core.v1.SecretArgs | undefined {
  if (username === undefined || password === undefined) return undefined;
  const config = pulumi.jsonStringify({ auths: { [host]: { username, password } } });
  return {
    metadata,
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": config },
  };
}
