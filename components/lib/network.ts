import type * as k8s from "@pulumi/kubernetes";
import { accessLabel } from "../well-known.ts";

type Rule = k8s.types.input.networking.v1.NetworkPolicyEgressRule;
type IngressRule = k8s.types.input.networking.v1.NetworkPolicyIngressRule;

/**
 * The way to a service through the default-deny policy: a client wears the labels and opens the
 * egress.
 */
export interface Access {
  /** Labels that the service's own policy lets in. */
  labels: Record<string, string>;
  /** What the client's policy must let out. */
  egress: Rule[];
}

/** Access to the pods of the service `name`, found by `selector`, on `port`. */
export function accessTo(name: string, selector: Record<string, string>, port: number): Access {
  return { labels: accessLabels(name), egress: [{ to: [pods(selector)], ports: [tcp(port)] }] };
}

/**
 * Access to something outside the cluster, known by its port alone: addresses behind a name may
 * change.
 */
export function accessOutside(port: number): Access {
  return { labels: {}, egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(port)] }] };
}

/** Lets in whoever wears the label that {@link accessTo} gives out. */
export function clientsOf(name: string, port: number): IngressRule {
  return { from: [pods(accessLabels(name))], ports: [tcp(port)] };
}

/** The specification of one workload's policy: both directions are closed but for these rules. */
export function policy(
  selector: Record<string, string>,
  rules: { ingress?: IngressRule[]; egress?: Rule[] },
): k8s.types.input.networking.v1.NetworkPolicySpec {
  const { ingress = [], egress = [] } = rules;
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress,
    egress,
  };
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

function accessLabels(name: string): Record<string, string> {
  return { [accessLabel(name)]: "true" };
}
