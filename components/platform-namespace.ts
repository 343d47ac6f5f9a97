import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ENVIRONMENT_MARKER } from "./lib/environment-marker.ts";
import { keyedHash } from "./lib/hash.ts";
import { type Selector, instanceLabel, labels, restrictedPods, selector } from "./lib/labels.ts";
import { namespace, policy } from "./lib/network.ts";
import { fixedName, holdsData } from "./lib/options.ts";
import type { PodEnvironment } from "./lib/pod.ts";
import type { Registry } from "./registry.ts";

export interface PlatformNamespaceArgs {
  /**
   * Namespace of somebody else to live in, beside what is there; it is neither made nor deleted.
   * @default a namespace of the component's own name is made
   */
  existing?: string | undefined;
  /** Ceiling of everything inside; of an existing namespace its owner sets it. */
  quota: {
    /** Sum of requested CPU. */
    cpu: string;
    /** Sum of requested memory. */
    memory: string;
    /** Sum of volume sizes. */
    storage: string;
    /** Number of pods. */
    pods: number;
  };
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

/** What every object of an environment is called, lies in and is found by. */
export interface Metadata {
  name: string;
  namespace: pulumi.Output<string>;
  labels: Record<string, string>;
}

/**
 * The environment's namespace: restricted pods, a quota, and no traffic but what a policy allows. In
 * a namespace that exists only the policies are made, for the environment's own pods.
 */
export class PlatformNamespace extends pulumi.ComponentResource {
  /** Name, e.g. `slipway-dev`; whoever uses it waits for the namespace. */
  readonly name: pulumi.Output<string>;
  /** The same name for hashes and addresses that must be known before anything exists. */
  readonly plainName: string;
  /** Which environment, for labels: `slipway-dev`, whatever the namespace is called. */
  readonly instance: string;
  /** Whether others may have objects in the namespace. */
  readonly shared: boolean;
  /** Whether what holds data is kept through `destroy`. */
  readonly protect: boolean;
  readonly #allowDataLoss: readonly string[];
  readonly #hashKey: pulumi.Output<string>;
  /** What every pod specification in here depends on. */
  readonly pods: PodEnvironment;

  constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:PlatformNamespace", name, {}, opts);
    const { existing, quota, openshift = false, protect = false, registry } = args;
    const { allowDataLoss = [] } = args;
    const child = fixedName(this);
    this.instance = name;
    this.plainName = existing ?? name;
    this.shared = existing !== undefined;
    this.protect = protect;
    this.#allowDataLoss = allowDataLoss;
    const key = { length: 32, special: false };
    this.#hashKey = new random.RandomPassword(`${name}-hash-key`, key, child).result;
    this.name = existing === undefined ? this.#own(name, quota) : this.#marker(name, existing);

    // A namespace of our own is closed to whatever else runs there, such as a debugging shell.
    const pods = this.shared ? instanceLabel(name) : {};
    const deny = { metadata: this.#metadata("default-deny"), spec: policy(pods, {}) };
    new k8s.networking.v1.NetworkPolicy(`${name}-default-deny`, deny, child);
    const dns = { metadata: this.#metadata("allow-dns"), spec: dnsPolicy(pods, openshift) };
    new k8s.networking.v1.NetworkPolicy(`${name}-allow-dns`, dns, child);

    const secretArgs = registry && pullSecretArgs(this.#metadata("registry"), registry);
    const pullSecret = secretArgs && new k8s.core.v1.Secret(name, secretArgs, child);
    this.pods = { openshift, pullSecrets: pullSecret ? [pullSecret.metadata.name] : [] };
    this.registerOutputs({ name: this.name });
  }

  /** The namespace itself, and what limits it. */
  #own(name: string, quota: PlatformNamespaceArgs["quota"]): pulumi.Output<string> {
    const child = fixedName(this);
    const { metadata } = new k8s.core.v1.Namespace(
      name,
      { metadata: namespaceMetadata(name) },
      holdsData(this, this.protect),
    );
    const within = { namespace: metadata.name, labels: this.#labels() };
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
    const metadata = { name: ENVIRONMENT_MARKER, namespace, labels: this.#labels() };
    const data = { instance: name };
    return new k8s.core.v1.ConfigMap(name, { metadata, data }, fixedName(this)).metadata.namespace;
  }

  #labels(): Record<string, string> {
    return labels(this.selector("namespace"), "platform");
  }

  #metadata(object: string): Metadata {
    return { name: this.unique(object), namespace: this.name, labels: this.#labels() };
  }

  /**
   * Metadata of the objects of the workload `name` in here.
   *
   * @param component its role, e.g. `database`.
   * @param version of what it runs, where there is one: an image's tag.
   */
  metadata(name: string, component: string, version?: string): Metadata {
    return {
      name,
      namespace: this.name,
      labels: labels(this.selector(name), component, version),
    };
  }

  /**
   * Name of an object that is not addressed by its name: beside objects of others it must not be
   * one that they may well have.
   */
  unique(object: string): string {
    return this.shared ? `${this.instance}-${object}` : object;
  }

  /** Whether the stack lets these data go, e.g. `postgres-data`. */
  mayGo(data: string): boolean {
    return this.#allowDataLoss.includes(data);
  }

  /** Whether the engine itself keeps these data. */
  protects(data: string): boolean {
    return this.protect && !this.mayGo(data);
  }

  /** Hex digits that change with a secret, and may be seen by all: see {@link keyedHash}. */
  hashOf(secret: pulumi.Input<string>): pulumi.Output<string> {
    const hash = pulumi.all([this.#hashKey, secret]).apply(([key, text]) => keyedHash(key, text));
    return pulumi.unsecret(hash);
  }

  /** Labels by which the workload `name` of this environment is found. */
  selector(name: string): Selector {
    return selector(name, this.instance);
  }
}

function namespaceMetadata(name: string): k8s.types.input.meta.v1.ObjectMeta {
  return {
    name,
    labels: {
      ...labels(selector("namespace", name), "platform"),
      ...restrictedPods(),
    },
  };
}

function quotaSpec({ cpu, memory, storage, pods }: PlatformNamespaceArgs["quota"]) {
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
  // OpenShift's DNS pods listen on 5353; a node-local cache answers at a link-local address.
  const ports = (openshift ? [53, 5353] : [53]).flatMap((port) => [
    { protocol: "UDP", port },
    { protocol: "TCP", port },
  ]);
  const server = namespace(openshift ? "openshift-dns" : "kube-system");
  return {
    podSelector: { matchLabels: pods },
    policyTypes: ["Egress"],
    egress: [{ to: [server, { ipBlock: { cidr: "169.254.0.0/16" } }], ports }],
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
