/**
 * Who may connect to whom, by the rules of NetworkPolicy (kubernetes.io/docs/concepts/services-networking/network-policies and the reference
 * of networking.k8s.io/v1). No package of npm does this; the analysers there are, are programs in Go.
 */
import { blockOf, numberOf } from "../../../components/lib/cidr.ts";

type Labels = Readonly<Record<string, string>>;

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: readonly string[] };
}

interface PolicyPort {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}

interface Rule {
  from?: readonly Peer[];
  to?: readonly Peer[];
  ports?: readonly PolicyPort[];
}

/** A NetworkPolicy as far as it matters. */
export interface Policy {
  metadata: { namespace?: string };
  spec: {
    podSelector: Selector;
    policyTypes?: readonly string[];
    ingress?: readonly Rule[];
    egress?: readonly Rule[];
  };
}

/** A pod, or whatever else has an address. */
export interface End {
  address: string;
  /** Absent: no pod, and no policy governs it. */
  pod?: {
    namespace: { name: string; labels: Labels };
    labels: Labels;
    /** Its ports by name. */
    ports?: Readonly<Record<string, number>>;
  };
}

export interface Port {
  protocol: "TCP" | "UDP" | "SCTP";
  number: number;
}

/**
 * Whether one end may open a connection to another: both must let it through; answers then come back by themselves.
 *
 * @param blocksMeanPods whether an address block means the pods in it too, which Kubernetes leaves to the network plugin (Cilium's does not).
 */
export function mayConnect(
  policies: readonly Policy[],
  from: End,
  to: End,
  port: Port,
  blocksMeanPods: boolean,
): boolean {
  const lets = (end: End, direction: "ingress" | "egress", other: End) => {
    const governing = policies.filter((policy) => governs(policy, end, direction));
    // Without a policy everything is open; several add up.
    if (governing.length === 0) return true;
    return governing.some(({ metadata, spec }) =>
      (spec[direction] ?? []).some((rule) => {
        const peers = (direction === "egress" ? rule.to : rule.from) ?? [];
        return (
          opens(rule.ports ?? [], port, to) &&
          (peers.length === 0 ||
            peers.some((peer) => means(peer, other, metadata.namespace, blocksMeanPods)))
        );
      }),
    );
  };
  return lets(from, "egress", to) && lets(to, "ingress", from);
}

function governs(
  { metadata, spec }: Policy,
  { pod }: End,
  direction: "ingress" | "egress",
): boolean {
  // Where it does not say, egress is governed if there are rules for it.
  const types = spec.policyTypes ?? [
    "Ingress",
    ...((spec.egress ?? []).length > 0 ? ["Egress"] : []),
  ];
  return (
    pod !== undefined &&
    metadata.namespace === pod.namespace.name &&
    types.some((type) => type.toLowerCase() === direction) &&
    selects(spec.podSelector, pod.labels)
  );
}

function opens(ports: readonly PolicyPort[], { protocol, number }: Port, { pod }: End): boolean {
  if (ports.length === 0) return true;
  return ports.some((open) => {
    if ((open.protocol ?? "TCP") !== protocol) return false;
    if (open.port === undefined) return true;
    if (typeof open.port === "string") return pod?.ports?.[open.port] === number;
    return number >= open.port && number <= (open.endPort ?? open.port);
  });
}

function means(
  { ipBlock, namespaceSelector, podSelector }: Peer,
  { address, pod }: End,
  own: string | undefined,
  blocksMeanPods: boolean,
): boolean {
  if (ipBlock !== undefined) {
    const { cidr, except = [] } = ipBlock;
    if (pod !== undefined && !blocksMeanPods) return false;
    return holds(cidr, address) && !except.some((block) => holds(block, address));
  }
  if (pod === undefined) return false;
  const there =
    namespaceSelector === undefined
      ? pod.namespace.name === own
      : selects(namespaceSelector, pod.namespace.labels);
  return there && selects(podSelector ?? {}, pod.labels);
}

function holds(cidr: string, address: string): boolean {
  const [block, found] = [blockOf(cidr), numberOf(address)];
  if (block === undefined || found === undefined)
    throw new Error(`${cidr}, ${address}: no address`);
  return block.bits === found.bits && found.number >= block.first && found.number <= block.last;
}

/** An empty selector means everything. */
function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          throw new Error(`${operator} is no operator of a selector`);
      }
    })
  );
}
