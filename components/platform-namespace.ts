import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Selector, labels, restrictedPods, selector } from "./lib/labels.ts";
import { namespace, policy } from "./lib/network.ts";
import { fixedName, holdsData } from "./lib/options.ts";
import type { Registry } from "./lib/registry.ts";
import type { PodEnvironment } from "./lib/pod.ts";

export interface PlatformNamespaceArgs {
  /** Ceiling of everything inside. */
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
  /**
   * Registry to pull images from; credentials become a pull secret.
   * @default images are already on the nodes
   */
  registry?: Registry | undefined;
}

/**
 * The environment's namespace: restricted pods, a quota, and no traffic but what a policy allows.
 */
export class PlatformNamespace extends pulumi.ComponentResource {
  /** Name, e.g. `slipway-dev`; whoever uses it waits for the namespace. */
  readonly name: pulumi.Output<string>;
  /** The same name for labels, hashes and addresses that must be known before anything exists. */
  readonly instance: string;
  /** Whether what holds data is kept through `destroy`. */
  readonly protect: boolean;
  /** What every pod specification in here depends on. */
  readonly pods: PodEnvironment;

  constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:PlatformNamespace", name, {}, opts);
    const { quota, openshift = false, protect = false, registry } = args;
    const child = fixedName(this);

    const space = new k8s.core.v1.Namespace(
      name,
      { metadata: namespaceMetadata(name) },
      holdsData(this, protect),
    );
    this.instance = name;
    this.name = space.metadata.name;
    this.protect = protect;

    const metadata = (object: string) => ({
      name: object,
      namespace: this.name,
      labels: labels(this.selector("namespace"), "platform"),
    });
    new k8s.core.v1.ResourceQuota(
      name,
      { metadata: metadata("quota"), spec: quotaSpec(quota) },
      child,
    );
    new k8s.core.v1.LimitRange(
      name,
      { metadata: metadata("defaults"), spec: limitRangeSpec() },
      child,
    );
    const deny = { metadata: metadata("default-deny"), spec: policy({}, {}) };
    new k8s.networking.v1.NetworkPolicy(`${name}-default-deny`, deny, child);
    const dns = { metadata: metadata("allow-dns"), spec: dnsPolicy(openshift) };
    new k8s.networking.v1.NetworkPolicy(`${name}-allow-dns`, dns, child);

    const secretArgs = registry && pullSecretArgs(metadata("registry"), registry);
    const pullSecret = secretArgs && new k8s.core.v1.Secret(name, secretArgs, child);
    this.pods = { openshift, pullSecrets: pullSecret ? [pullSecret.metadata.name] : [] };
    this.registerOutputs({ name: this.name });
  }

  /** Labels by which the workload `name` of this environment is found. */
  selector(name: string): Selector {
    return selector(name, this.instance);
  }

  /** In-cluster host of the Service `name`, e.g. `mlflow.slipway-dev`. */
  host(name: string): pulumi.Output<string> {
    return pulumi.interpolate`${name}.${this.name}`;
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

function dnsPolicy(openshift: boolean) {
  // OpenShift's DNS pods listen on 5353; a node-local cache answers at a link-local address.
  const ports = (openshift ? [53, 5353] : [53]).flatMap((port) => [
    { protocol: "UDP", port },
    { protocol: "TCP", port },
  ]);
  const server = namespace(openshift ? "openshift-dns" : "kube-system");
  return {
    podSelector: {},
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
