import type * as k8s from "@pulumi/kubernetes";
import { ACCESS_LABEL, accessLabel } from "../well-known.ts";

/** What a policy lets out. */
export type EgressRule = k8s.types.input.networking.v1.NetworkPolicyEgressRule;
type IngressRule = k8s.types.input.networking.v1.NetworkPolicyIngressRule;

/** Where a Service is found, also before it is there. */
export interface ServiceReference {
  /** Name of the Service. */
  name: string;
  port: number;
  /** Labels of the pods behind it. */
  selector: Record<string, string>;
}

/**
 * Access to a service through the default-deny policy: a client has the labels and opens the egress.
 */
export interface Access {
  /** Labels that the service's own policy lets in. */
  labels: Record<string, string>;
  /** What the client's policy must let out. */
  egress: EgressRule[];
}

/** Access to the pods of a Service. */
export function accessTo({ name, selector, port }: ServiceReference): Access {
  return { labels: accessLabels(name), egress: [{ to: [pods(selector)], ports: [tcp(port)] }] };
}

/**
 * Access to something outside the cluster, known by its port alone: addresses behind a name may
 * change.
 */
export function accessOutside(port: number): Access {
  return { labels: {}, egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(port)] }] };
}

/** Access to a server by its address, in this cluster or outside of it; known by its port alone. */
export function accessAnywhere(port: number): Access {
  // An address block means no pods to some network plugins (Cilium's among them), so all namespaces are named too.
  const to = [{ ipBlock: { cidr: "0.0.0.0/0" } }, { namespaceSelector: {} }];
  return { labels: {}, egress: [{ to, ports: [tcp(port)] }] };
}

/** The port of an `http://` or `https://` address. @throws TypeError where it is none. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "http:" ? 80 : 443;
}

/** Lets pods ask for the addresses behind names. */
export function toDns(openshift: boolean): EgressRule {
  // OpenShift's DNS pods listen on 5353; a node-local cache answers at a link-local address.
  const ports = (openshift ? [53, 5353] : [53]).flatMap((port) => [
    { protocol: "UDP", port },
    { protocol: "TCP", port },
  ]);
  const server = namespace(openshift ? "openshift-dns" : "kube-system");
  return { to: [server, { ipBlock: { cidr: "169.254.0.0/16" } }], ports };
}

/** Several accesses in one. */
export function allOf(accesses: readonly Access[]): Access {
  return {
    labels: Object.fromEntries(accesses.flatMap(({ labels }) => Object.entries(labels))),
    egress: accesses.flatMap(({ egress }) => egress),
  };
}

/** Lets in whoever has the label that {@link accessTo} gives out. */
export function clientsOf({ name, port }: Omit<ServiceReference, "selector">): IngressRule {
  return { from: [pods(accessLabels(name))], ports: [tcp(port)] };
}

/** The specification of one workload's policy: both directions are closed but for these rules. */
export function policy(
  selector: Record<string, string>,
  rules: { ingress?: IngressRule[]; egress?: EgressRule[] },
): k8s.types.input.networking.v1.NetworkPolicySpec {
  const { ingress = [], egress = [] } = rules;
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress,
    egress,
  };
}

/** A policy that adds these rules to whatever else lets requests in to the pods. */
export function letIn(
  selector: Record<string, string>,
  ingress: IngressRule[],
): k8s.types.input.networking.v1.NetworkPolicySpec {
  return { podSelector: { matchLabels: selector }, policyTypes: ["Ingress"], ingress, egress: [] };
}

/** A TCP port of a rule. */
export function tcp(port: number) {
  return { protocol: "TCP", port };
}

/** Pods of the own namespace, as a peer of a rule. */
export function pods(matchLabels: Record<string, string>) {
  return { podSelector: { matchLabels } };
}

/** All pods of the namespace `name`, as a peer of a rule. */
export function namespace(name: string) {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

/** Names of the workloads that a pod with these labels may reach: what {@link accessTo} gave it. */
export function reachedBy(labels: Readonly<Record<string, string>>): string[] {
  return Object.keys(labels)
    .filter((label) => label.startsWith(ACCESS_LABEL))
    .map((label) => label.slice(ACCESS_LABEL.length));
}

function accessLabels(name: string): Record<string, string> {
  return { [accessLabel(name)]: "true" };
}
