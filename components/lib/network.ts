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
  return { ...accessAt(port, [pods(selector)]), labels: accessLabels(name) };
}

/** Access to whatever is at these peers, by its port. */
export function accessAt(port: number, to: EgressRule["to"]): Access {
  return { labels: {}, egress: [{ to, ports: [tcp(port)] }] };
}

/** The port of an `http://` or `https://` address. @throws TypeError where it is none. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "http:" ? 80 : 443;
}

/** The host of an `http://` or `https://` address, without the brackets of IPv6. @throws TypeError where it is none. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
}

/**
 * The name servers of a cluster: the pods of kube-dns, which CoreDNS goes by too, and those of a cache on each node. A cache in the node's own
 * network has an address instead: NodeLocal DNSCache's usual one; and Google's Cloud DNS answers beside the metadata server, at another port.
 */
const DNS = {
  openshift: [
    {
      ...namespace("openshift-dns"),
      podSelector: { matchLabels: { "dns.operator.openshift.io/daemonset-dns": "default" } },
    },
  ],
  kubernetes: [
    {
      ...namespace("kube-system"),
      podSelector: {
        matchExpressions: [
          { key: "k8s-app", operator: "In", values: ["kube-dns", "node-local-dns"] },
        ],
      },
    },
    { ipBlock: { cidr: "169.254.20.10/32" } },
    { ipBlock: { cidr: "169.254.169.254/32" } },
  ],
};

/** Lets pods ask for the addresses behind names. */
export function toDns(openshift: boolean): EgressRule {
  // OpenShift's DNS pods listen on 5353.
  const ports = (openshift ? [53, 5353] : [53]).flatMap((port) => [
    { protocol: "UDP", port },
    { protocol: "TCP", port },
  ]);
  return { to: openshift ? DNS.openshift : DNS.kubernetes, ports };
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
