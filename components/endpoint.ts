import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { labels } from "./lib/labels.ts";
import { namespace as inNamespace, policy, tcp } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import { nodePortService } from "./well-known.ts";

type Settings = StackConfig["endpoint"];

/** What is made reachable: a Service, its pods, and its well-known place outside. */
export interface Exposed {
  /** Name of the Service. */
  name: string;
  port: number;
  /** Labels of the pods behind it. */
  selector: Record<string, string>;
  /** Path that answers 200, without a login, while a pod can be sent requests. */
  health: string;
}

export interface EndpointArgs {
  /** Where the Service lives. */
  namespace: PlatformNamespace;
  /** The Service to reach. */
  service: Exposed;
  /** How people reach the platform, and under which host. */
  settings: Settings;
  /** Its name below the platform's host; absent: the host itself. */
  subdomain?: string;
  /** Its port on every node, with `nodePort`. */
  nodePort: number;
}

/**
 * The way to one Service from outside: a node port, an Ingress, a Gateway's route, an OpenShift
 * Route, or none.
 */
export class Endpoint extends pulumi.ComponentResource {
  /**
   * Address for people; with `none`, of a port-forward (`kubectl -n <namespace> port-forward
   * service/<name> <port>`).
   */
  readonly url: string;

  constructor(name: string, args: EndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:Endpoint", name, {}, opts);
    const { namespace, service, settings } = args;
    const child = fixedName(this);
    const metadata = {
      name: service.name,
      namespace: namespace.name,
      labels: labels(namespace.selector(service.name), "endpoint"),
    };
    this.url = addressOf(args);

    switch (settings.kind) {
      case "none":
        break;
      case "nodePort":
        new k8s.core.v1.Service(name, nodePortArgs(metadata, args), child);
        break;
      case "ingress":
        new k8s.networking.v1.Ingress(
          name,
          { metadata: ingressMetadata(metadata, settings), spec: ingressSpec(args) },
          child,
        );
        break;
      case "gateway":
        new k8s.apiextensions.CustomResource(
          name,
          {
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "HTTPRoute",
            metadata,
            spec: httpRouteSpec(args),
          },
          child,
        );
        if (settings.gateway?.healthCheckPolicy) {
          new k8s.apiextensions.CustomResource(
            `${name}-health`,
            {
              apiVersion: "networking.gke.io/v1",
              kind: "HealthCheckPolicy",
              metadata,
              spec: healthCheckSpec(service),
            },
            child,
          );
        }
        break;
      case "openshiftRoute":
        new k8s.apiextensions.CustomResource(
          name,
          { apiVersion: "route.openshift.io/v1", kind: "Route", metadata, spec: routeSpec(args) },
          child,
        );
    }
    const letIn = (logical: string, object: string, spec: PolicySpec) =>
      new k8s.networking.v1.NetworkPolicy(
        logical,
        { metadata: { ...metadata, name: object }, spec },
        child,
      );
    if (settings.kind !== "none") {
      letIn(name, `${service.name}-endpoint`, openTo(settings, service.selector, service.port));
    }
    // Where others live as well, our policies do not close cert-manager's pods in the first place.
    if (settings.kind === "ingress" && settings.tls?.clusterIssuer && !namespace.shared) {
      const spec = openTo(settings, SOLVER.selector, SOLVER.port);
      letIn(`${name}-certificate`, `${service.name}-certificate`, spec);
    }
    this.registerOutputs({ url: this.url });
  }
}

/** Host header under which the Service is reached from outside: MLflow must know it. */
export function externalHost(
  args: Pick<EndpointArgs, "settings" | "subdomain" | "nodePort" | "namespace">,
): string {
  const { settings, subdomain, nodePort, namespace } = args;
  const { kind, host = "localhost" } = settings;
  if (kind === "nodePort") return `${host}:${nodePort}`;
  // A wildcard certificate of OpenShift's router covers one level.
  if (kind === "openshiftRoute") return `${subdomain ?? "ui"}-${namespace.plainName}.${host}`;
  return subdomain === undefined ? host : `${subdomain}.${host}`;
}

function addressOf(args: EndpointArgs): string {
  const { settings, service } = args;
  if (settings.kind === "none") return `http://localhost:${service.port}`;
  return `${settings.tls ? "https" : "http"}://${externalHost(args)}`;
}

type Metadata = k8s.types.input.meta.v1.ObjectMeta;

function nodePortArgs(
  metadata: Metadata,
  { service, nodePort }: EndpointArgs,
): k8s.core.v1.ServiceArgs {
  return {
    metadata: { ...metadata, name: nodePortService(service.name) },
    spec: {
      type: "NodePort",
      selector: service.selector,
      ports: [{ name: "http", port: service.port, targetPort: "http", nodePort }],
    },
  };
}

function ingressMetadata(metadata: Metadata, { tls }: Settings): Metadata {
  if (tls?.clusterIssuer === undefined) return metadata;
  return { ...metadata, annotations: { "cert-manager.io/cluster-issuer": tls.clusterIssuer } };
}

function ingressSpec(args: EndpointArgs): k8s.types.input.networking.v1.IngressSpec {
  const { service, settings } = args;
  const host = externalHost(args);
  const backend = { service: { name: service.name, port: { name: "http" } } };
  return {
    ...(settings.ingressClass === undefined ? {} : { ingressClassName: settings.ingressClass }),
    ...(settings.tls
      ? { tls: [{ hosts: [host], secretName: settings.tls.secretName ?? `${service.name}-tls` }] }
      : {}),
    rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
  };
}

function httpRouteSpec(args: EndpointArgs) {
  const { service, settings } = args;
  const { name, namespace, section } = settings.gateway ?? {};
  return {
    parentRefs: [{ name, namespace, ...(section === undefined ? {} : { sectionName: section }) }],
    hostnames: [externalHost(args)],
    rules: [{ backendRefs: [{ name: service.name, port: service.port }] }],
  };
}

/** GKE asks a Service for `/` otherwise, and sends nothing to one that does not answer 200. */
function healthCheckSpec({ name, health }: Exposed) {
  // The port is the default, but the rules of the kind's definition fail where it is left out.
  const httpHealthCheck = { portSpecification: "USE_SERVING_PORT", requestPath: health };
  return {
    default: { config: { type: "HTTP", httpHealthCheck } },
    targetRef: { group: "", kind: "Service", name },
  };
}

/**
 * Where Google's health checks come from, and the requests of its global load balancers
 * (https://cloud.google.com/load-balancing/docs/firewall-rules).
 */
const GOOGLE = ["35.191.0.0/16", "130.211.0.0/22"];

/**
 * The pod by which cert-manager proves to an ACME issuer that a host is ours (HTTP-01): it gets requests through the
 * same controller. Label and port are those of cert-manager's `pkg/issuer/acme/http`.
 */
const SOLVER = { selector: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };

type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

function openTo(settings: Settings, selector: Record<string, string>, port: number): PolicySpec {
  const ingress = [{ ...sources(settings), ports: [tcp(port)] }];
  return { ...policy(selector, { ingress }), policyTypes: ["Ingress"] };
}

/** Who is let in; nothing stands for everyone. */
function sources({ kind, controllerNamespace, gateway }: Settings) {
  if (controllerNamespace === undefined) return {};
  const google = kind === "gateway" && gateway?.healthCheckPolicy ? GOOGLE : [];
  return {
    from: [inNamespace(controllerNamespace), ...google.map((cidr) => ({ ipBlock: { cidr } }))],
  };
}

function routeSpec(args: EndpointArgs) {
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
