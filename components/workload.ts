import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Environment, type Metadata, type Namespace, environmentOf } from "./environment.ts";
import { type Scale, autoscalerSpec } from "./lib/autoscaler.ts";
import { parseReference } from "./lib/image-reference.ts";
import {
  type Access,
  type ServiceReference,
  accessTo,
  allOf,
  clientsOf,
  policy,
} from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import {
  type ContainerArgs,
  type ReadAtStart,
  checksums,
  container,
  podSpec,
  scratch,
  spread,
} from "./lib/pod.ts";

type Volume = k8s.types.input.core.v1.Volume;

/** A server of ours: what runs, who may reach it, and whom it reaches. */
export interface WorkloadArgs {
  /** Where it runs. */
  namespace: Namespace;
  /** Its role, e.g. `database`: the label `app.kubernetes.io/component`. */
  component: string;
  /** What its containers run: an image of ours, or one of others by exact version. */
  image: string | { reference: pulumi.Input<string>; tag: string };
  /** User id of its processes. */
  uid: number;
  /** The port that it listens on. A name other than `http` says that it speaks something else. */
  port: { number: number; name?: string };
  /** Another port, where it tells figures of itself; whoever may reach the server may read them. @default it has none */
  metricsPort?: number;
  /** The server's container: its probes, mounts, environment, CPU and memory. */
  server: Omit<ContainerArgs, "image" | "ports">;
  /** What must end well before the server starts. @default nothing */
  initContainers?: Omit<ContainerArgs, "image">[];
  /** Size of its `/tmp`. @default 64Mi */
  tmp?: string;
  /** What its containers mount beside `/tmp`; a claim among them makes it a StatefulSet. @default nothing */
  volumes?: Volume[];
  /** What of its volumes it reads only at its start: when that changes, its pods are new. @default nothing */
  reads?: ReadAtStart[];
  /** Whether pods with its {@link Workload.access} are let in. @default true */
  clients?: boolean;
  /** Whom it may reach. What is put to sleep goes before those, and wakes after them. @default nobody */
  reaches?: Access[];
  /** Name of a ServiceAccount, for what asks the API of Kubernetes. @default none has rights */
  account?: pulumi.Input<string> | undefined;
  /** What must be ready before it is made. @default nothing */
  dependsOn?: pulumi.Resource[];
  /** Bounds of an autoscaler; replicas then go one by one, on several machines. @default one replica */
  replicas?: Scale;
  /** How new pods take the place of old ones. @default Kubernetes' own way */
  strategy?: k8s.types.input.apps.v1.DeploymentStrategy;
  /** Seconds that a pod has to end. @default Kubernetes' 30 */
  terminationGracePeriodSeconds?: number;
  /** How long `up` waits until it is ready. @default 5m */
  timeout?: string;
}

/**
 * All that a server needs on a cluster, as children of the component that it belongs to: Deployment or
 * StatefulSet, Service, NetworkPolicy, and with `replicas` HorizontalPodAutoscaler and
 * PodDisruptionBudget.
 */
export class Workload {
  /** How clients get through the network policies. */
  readonly access: Access;
  /** Where it is found. */
  readonly service: ServiceReference;
  /** Where it tells figures of itself. */
  readonly metrics: ServiceReference;
  /** Name of the Service, once there is one. */
  readonly host: pulumi.Output<string>;
  /** In-cluster address, e.g. `http://mlflow.slipway-dev:5000`. */
  readonly url: pulumi.Output<string>;
  /** What makes the pods. */
  readonly controller: k8s.apps.v1.Deployment | k8s.apps.v1.StatefulSet;

  constructor(name: string, args: WorkloadArgs, parent: pulumi.Resource) {
    const { component, image, replicas, clients = true, reaches = [] } = args;
    const namespace = environmentOf(args.namespace, name, parent);
    const port = args.port.number;
    const selector = namespace.selector(name);
    const metadata = namespace.metadata(name, component, tagOf(image));
    const child = fixedName(parent);

    this.service = { name, port, selector };
    this.metrics = { ...this.service, port: args.metricsPort ?? port };
    this.access = accessTo(this.service);
    const service = new k8s.core.v1.Service(
      name,
      { metadata, spec: serviceSpec(this, args) },
      child,
    );
    this.host = service.metadata.name;
    this.url = pulumi.interpolate`http://${this.host}.${namespace.name}:${port}`;

    const open = args.metricsPort === undefined ? [this.service] : [this.service, this.metrics];
    const ingress = clients ? open.map(clientsOf) : [];
    const rules = policy(selector, {
      ingress,
      egress: [...allOf(reaches).egress, ...namespace.egress],
    });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec: rules }, child);

    this.controller = controller(name, { ...args, namespace }, metadata, child);
    if (replicas) {
      const scale = autoscalerSpec(this.controller.metadata.name, replicas);
      new k8s.autoscaling.v2.HorizontalPodAutoscaler(name, { metadata, spec: scale }, child);
      const budget = { maxUnavailable: 1, selector: { matchLabels: selector } };
      new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec: budget }, child);
    }
  }
}

function tagOf(image: WorkloadArgs["image"]): string | undefined {
  return typeof image === "string" ? parseReference(image).tag : image.tag;
}

function referenceOf(image: WorkloadArgs["image"]): pulumi.Input<string> {
  return typeof image === "string" ? image : image.reference;
}

function serviceSpec({ service }: Workload, args: WorkloadArgs) {
  const ports = portsOf(args).map(({ name, number }) => ({ name, port: number, targetPort: name }));
  return { selector: service.selector, ports };
}

function portsOf({ port: { name = "http", number }, metricsPort }: WorkloadArgs) {
  const metrics = metricsPort === undefined ? [] : [{ name: "metrics", number: metricsPort }];
  return [{ name, number }, ...metrics];
}

type Resolved = WorkloadArgs & { namespace: Environment };

/** One pod at a time may hold a claim, which is what a StatefulSet sees to. */
function controller(
  name: string,
  args: Resolved,
  metadata: Metadata,
  child: pulumi.CustomResourceOptions,
): Workload["controller"] {
  const { namespace, volumes = [], strategy, dependsOn = [], timeout = "5m" } = args;
  const options = { ...child, dependsOn, customTimeouts: { create: timeout, update: timeout } };
  const selector = { matchLabels: namespace.selector(name) };
  const spec = { selector, template: template(name, args, metadata.labels) };
  if (volumes.some((volume) => "persistentVolumeClaim" in volume)) {
    const stateful = { serviceName: name, ...spec };
    return new k8s.apps.v1.StatefulSet(name, { metadata, spec: stateful }, options);
  }
  const deployment = { ...spec, ...(strategy === undefined ? {} : { strategy }) };
  return new k8s.apps.v1.Deployment(name, { metadata, spec: deployment }, options);
}

function template(
  name: string,
  args: Resolved,
  labels: Record<string, string>,
): k8s.types.input.core.v1.PodTemplateSpec {
  const { namespace, uid, server, initContainers, volumes = [], reads, replicas } = args;
  const { tmp, reaches = [], terminationGracePeriodSeconds, account } = args;
  const image = referenceOf(args.image);
  const ports = portsOf(args).map(({ name, number }) => ({ name, containerPort: number }));
  const pod = podSpec(namespace.pods, {
    uid,
    ...(account !== undefined && { serviceAccountName: account }),
    ...(initContainers && {
      initContainers: initContainers.map((each) => container({ image, ...each })),
    }),
    containers: [container({ image, ports, ...server })],
    volumes: [scratch("tmp", tmp), ...volumes],
    ...(replicas && { topologySpreadConstraints: spread(namespace.selector(name)) }),
    ...(terminationGracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds }),
  });
  return {
    metadata: {
      labels: { ...labels, ...allOf(reaches).labels },
      ...checksums(reads),
    },
    spec: pod,
  };
}
