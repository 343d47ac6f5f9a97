import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { type Environment, type Metadata, type Namespace, environmentOf } from "./environment.ts";
import { entrances } from "./lib/entrances.ts";
import { healthCheckSpec } from "./lib/health-check.ts";
import { type ServiceReference, letIn, tcp } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import {
  type PublicPaths,
  ingressPaths,
  publicPaths,
  routeMatches,
  routeParts,
} from "./lib/public-paths.ts";
import { nodePortService } from "./well-known.ts";

type Settings = StackConfig["endpoint"];

/** A Service that people are led to. */
export interface ExposedService extends ServiceReference {
  /** Path that answers 200, without a login, while a pod can be sent requests. */
  health: string;
  /** Paths for callers outside, with what is below them (`/` alone); a node port opens all. @default all */
  paths?: string[];
  /** Path of its description, open to them where `settings.docs` says so. */
  docs?: string;
}

export interface EndpointArgs {
  /** Where the Service lives. */
  namespace: Namespace;
  /** The Service to reach. */
  service: ExposedService;
  /** How people reach the platform, and under which host. */
  settings: NonNullable<StackArgs["endpoint"]>;
  /** Its name below the platform's host; absent: the host itself. */
  subdomain?: string;
  /** Its port on every node; needed with `kind: nodePort`. */
  nodePort?: number;
}

/** The same with everything that it leaves open. */
interface Resolved extends EndpointArgs {
  namespace: Environment;
  settings: Settings;
  nodePort: number;
  paths: PublicPaths;
}

/**
 * Access to one Service from outside: a node port, an Ingress, a Gateway's route, an OpenShift
 * Route, or none.
 */
export class Endpoint extends pulumi.ComponentResource {
  /**
   * Address for people; with `none`, of a port-forward (`kubectl -n <namespace> port-forward
   * service/<name> <port>`).
   */
  readonly url: string;
  /** Address of the service's description, where people reach it. */
  readonly docs: string | undefined;

  constructor(name: string, args: EndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:Endpoint", name, {}, opts);
    const { service, nodePort } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const settings = settledPart("endpoint", args.settings, this);
    if (settings.kind === "nodePort" && nodePort === undefined) {
      const reason = "'nodePort' is missing: 'kind: nodePort' takes one from 30000 to 32767";
      throw new pulumi.ResourceError(reason, this, true);
    }
    const paths = publicPaths(service, settings.docs);
    const resolved = { ...args, namespace, settings, nodePort: nodePort ?? 0, paths };
    const metadata = namespace.metadata(service.name, "endpoint");
    this.url = addressOf(resolved);
    const { docs } = service;
    const isOpen = settings.docs || settings.kind === "nodePort";
    this.docs = docs !== undefined && isOpen ? `${this.url}${docs}` : undefined;

    this.#open(name, resolved, metadata);
    if (settings.kind !== "none") {
      const own = { ...metadata, name: `${service.name}-endpoint` };
      this.#letIn(name, settings, own, service);
    }
    // Where others live as well, our policies do not close cert-manager's pods in the first place.
    if (settings.kind === "ingress" && settings.tls?.clusterIssuer && !namespace.shared) {
      const own = { ...metadata, name: `${service.name}-certificate` };
      this.#letIn(`${name}-certificate`, settings, own, SOLVER);
    }
    this.registerOutputs({ url: this.url });
  }

  /** What leads to the Service from outside. */
  #open(name: string, args: Resolved, metadata: Metadata): void {
    const { settings, service } = args;
    const child = fixedName(this);
    const custom = (
      logical: string,
      apiVersion: string,
      kind: string,
      spec: object,
      own = metadata,
    ) =>
      new k8s.apiextensions.CustomResource(
        logical,
        { apiVersion, kind, metadata: own, spec },
        child,
      );
    switch (settings.kind) {
      case "none":
        break;
      case "nodePort":
        // Named by its port: a port that goes from one Service to another is an update, where a new object
        // would be refused as long as the old one has the port.
        new k8s.core.v1.Service(nodePortService(args.nodePort), nodePortArgs(metadata, args), {
          ...child,
          // Of Slipway before 0.2: such an object keeps its name, as a second one could not have its port.
          aliases: [{ name }],
          ignoreChanges: ["metadata.name"],
        });
        break;
      case "ingress":
        new k8s.networking.v1.Ingress(name, ingressArgs(metadata, args), child);
        break;
      case "gateway":
        custom(name, "gateway.networking.k8s.io/v1", "HTTPRoute", httpRouteSpec(args));
        if (settings.gateway?.healthCheckPolicy) {
          const spec = healthCheckSpec(service);
          custom(`${name}-health`, "networking.gke.io/v1", "HealthCheckPolicy", spec);
        }
        break;
      case "openshiftRoute":
        for (const { suffix, spec } of routeParts(args.paths)) {
          const own = { ...metadata, name: `${service.name}${suffix}` };
          const whole = { ...routeSpec(args), ...spec };
          custom(name + suffix, "route.openshift.io/v1", "Route", whole, own);
        }
    }
  }

  /** Lets requests from outside in to pods. */
  #letIn(
    name: string,
    settings: Settings,
    metadata: Metadata,
    { selector, port }: Pick<ServiceReference, "selector" | "port">,
  ): void {
    const spec = letIn(selector, [{ ...entrances(settings), ports: [tcp(port)] }]);
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, fixedName(this));
  }
}

/** Host header under which the Service is reached from outside: MLflow must know it. */
export function externalHost(
  args: Pick<EndpointArgs, "subdomain" | "nodePort"> & {
    namespace: Pick<Environment, "plainName">;
    settings: Settings;
  },
): string {
  const { settings, subdomain, nodePort, namespace } = args;
  const { kind, host = "localhost" } = settings;
  if (kind === "nodePort") return `${host}:${nodePort}`;
  // A wildcard certificate of OpenShift's router covers one level.
  if (kind === "openshiftRoute") return `${subdomain ?? "ui"}-${namespace.plainName}.${host}`;
  return subdomain === undefined ? host : `${subdomain}.${host}`;
}

/** Address under which people reach the Service. */
export function externalUrl(args: Parameters<typeof externalHost>[0]): string {
  return `${args.settings.tls ? "https" : "http"}://${externalHost(args)}`;
}

function addressOf(args: Resolved): string {
  const { settings, service } = args;
  if (settings.kind === "none") return `http://localhost:${service.port}`;
  return externalUrl(args);
}

function nodePortArgs(
  metadata: Metadata,
  { service, nodePort }: Resolved,
): k8s.core.v1.ServiceArgs {
  return {
    metadata: { ...metadata, name: nodePortService(nodePort) },
    spec: {
      type: "NodePort",
      selector: service.selector,
      ports: [{ name: "http", port: service.port, targetPort: "http", nodePort }],
    },
  };
}

function ingressArgs(metadata: Metadata, args: Resolved): k8s.networking.v1.IngressArgs {
  const issuer = args.settings.tls?.clusterIssuer;
  const annotations = { "cert-manager.io/cluster-issuer": issuer ?? "" };
  return {
    metadata: issuer === undefined ? metadata : { ...metadata, annotations },
    spec: ingressSpec(args),
  };
}

function ingressSpec(args: Resolved): k8s.types.input.networking.v1.IngressSpec {
  const { service, settings } = args;
  const host = externalHost(args);
  const backend = { service: { name: service.name, port: { name: "http" } } };
  return {
    ...(settings.ingressClass === undefined ? {} : { ingressClassName: settings.ingressClass }),
    ...(settings.tls
      ? { tls: [{ hosts: [host], secretName: settings.tls.secretName ?? `${service.name}-tls` }] }
      : {}),
    rules: [{ host, http: { paths: ingressPaths(args.paths, backend) } }],
  };
}

function httpRouteSpec(args: Resolved) {
  const { service, settings } = args;
  const { name, namespace, section } = settings.gateway ?? {};
  return {
    parentRefs: [{ name, namespace, ...(section === undefined ? {} : { sectionName: section }) }],
    hostnames: [externalHost(args)],
    rules: routeMatches(args.paths).map((matches) => ({
      ...matches,
      backendRefs: [{ name: service.name, port: service.port }],
    })),
  };
}

/**
 * The pod by which cert-manager proves to an ACME issuer that a host is ours (HTTP-01): it gets requests through the
 * same controller. Label and port are those of cert-manager's `pkg/issuer/acme/http`.
 */
const SOLVER = { selector: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };

function routeSpec(args: Resolved) {
  const { service, settings } = args;
  return {
    host: externalHost(args),
    to: { kind: "Service", name: service.name, weight: 100 },
    port: { targetPort: "http" },
    ...(settings.tls
      ? { tls: { termination: "edge", insecureEdgeTerminationPolicy: "Redirect" } }
      : {}),
  };
}
