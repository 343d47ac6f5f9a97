import type { Manifest } from "../../lib/program/manifests.ts";
import { type End, type Policy, type Port, mayConnect } from "./reachability.ts";
import { samplesOf } from "./samples.ts";

type Labels = Record<string, string>;

/** What is asked of each line of the matrix: whom it may reach, and at which ports. */
export const COLUMNS = [
  ...["from", "the environment", "other pods", "DNS", "API server", "metadata service"],
  ...["private addresses", "the internet"],
] as const;

/** Nothing is reached. */
const NOTHING = "–";
/** A port that no policy names: where it is open, all are. */
const UNNAMED = 1;

const namespaceOf = (name: string) => ({ name, labels: { "kubernetes.io/metadata.name": name } });
const pod = (namespace: string, labels: Labels = {}): End => ({
  address: "10.244.0.7",
  pod: { namespace: namespaceOf(namespace), labels },
});
const at = (...all: string[]): End[] => all.map((address) => ({ address }));

/** NodeLocal DNSCache; Google's metadata server, which is a name server at port 53; Amazon's metadata server, by IPv6. */
const [CACHE, METADATA, METADATA_6] = [
  "169.254.20.10",
  "169.254.169.254",
  "fd00:ec2:0:0:0:0:0:254",
];
const DNS: End[] = [
  pod("kube-system", { "k8s-app": "kube-dns" }),
  pod("kube-system", { "k8s-app": "node-local-dns" }),
  pod("openshift-dns", { "dns.operator.openshift.io/daemonset-dns": "default" }),
  ...at(CACHE),
];
/** Its Service and its machine, as many clusters have them. */
const API_SERVER = at("10.96.0.1", "10.0.0.2");

/**
 * Whom each workload of a stack may reach, and who else may reach them, by the policies among its objects.
 *
 * @param blocksMeanPods whether an address block means the pods in it too; where it does, more is open.
 * @returns one line each, with a cell for each of {@link COLUMNS}.
 */
export function matrix(objects: readonly Manifest[], blocksMeanPods = true): string[][] {
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
  const workloads = workloadsOf(objects);
  const own = objects.find(({ kind }) => kind === "Deployment")?.metadata.namespace ?? "";
  const ports = portsIn(policies);
  const { privateRanges, internet } = samplesOf(policies, [CACHE, METADATA, METADATA_6]);
  const reached = (from: End, targets: readonly End[], but: readonly number[] = []) =>
    shown(
      ports.filter(
        (port) =>
          !but.includes(port.number) &&
          targets.some((to) => mayConnect(policies, from, to, port, blocksMeanPods)),
      ),
    );
  const environment = (from: End) =>
    workloads
      .map(([name, to]) => [name, reached(from, [to])] as const)
      .filter(([, open]) => open !== NOTHING)
      .map(([name, open]) => `${name}:${open}`)
      .join(", ") || NOTHING;
  const governed = (name: string, from: End) => [
    name,
    environment(from),
    reached(from, [pod(own), pod("elsewhere"), pod("kube-system", { "k8s-app": "other" })]),
    reached(from, DNS),
    reached(from, API_SERVER),
    reached(from, at(METADATA, METADATA_6), [53]),
    reached(from, privateRanges),
    reached(from, internet),
  ];
  const strangers: [string, End][] = [
    ...namespacesIn(policies).map((name): [string, End] => [`a pod of ${name}`, pod(name)]),
    ["a pod of any other namespace", pod("elsewhere")],
    ["the internet", { address: "1.1.1.1" }],
  ];
  return [
    ...workloads.map(([name, from]) => governed(name, from)),
    governed("an unknown pod of the namespace", pod(own)),
    // Whom else they reach is not for our policies to say.
    ...strangers.map(([name, from]) => [name, environment(from), ...Array<string>(6).fill("")]),
  ];
}

const TEMPLATES: Record<string, (spec: never) => { metadata: { labels: Labels } }> = {
  Deployment: ({ template }: { template: never }) => template,
  StatefulSet: ({ template }: { template: never }) => template,
  Job: ({ template }: { template: never }) => template,
  CronJob: ({ jobTemplate }: { jobTemplate: { spec: { template: never } } }) =>
    jobTemplate.spec.template,
};

/** A pod of each workload by its name; a Job and the CronJob that repeats it are one. */
function workloadsOf(objects: readonly Manifest[]): [string, End][] {
  const found = objects.flatMap(({ kind, metadata, spec }): [string, End][] => {
    const labels = TEMPLATES[kind]?.(spec as never).metadata.labels;
    if (labels === undefined) return [];
    return [[labels["app.kubernetes.io/name"] ?? "", pod(metadata.namespace ?? "", labels)]];
  });
  return [...new Map(found)].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Namespaces of others that a policy lets in by name. */
function namespacesIn(policies: readonly Policy[]): string[] {
  const names = policies
    .flatMap(({ spec }) => (spec.ingress ?? []).flatMap(({ from = [] }) => from))
    .flatMap(
      ({ namespaceSelector }) =>
        namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"] ?? [],
    );
  return [...new Set(names)].sort();
}

/** Every port that a policy names, and one that none does. */
function portsIn(policies: readonly Policy[]): Port[] {
  const numbers = policies
    .flatMap(({ spec }) => [...(spec.ingress ?? []), ...(spec.egress ?? [])])
    .flatMap(({ ports = [] }) => ports.flatMap(({ port, endPort }) => [port, endPort]))
    .filter((port) => typeof port === "number");
  const all = [...new Set([UNNAMED, 80, 443, 6443, ...numbers])].sort((a, b) => a - b);
  return all.flatMap((number) => [
    { protocol: "TCP" as const, number },
    { protocol: "UDP" as const, number },
  ]);
}

function shown(open: readonly Port[]): string {
  if (open.some(({ number }) => number === UNNAMED)) return "every port";
  const numbers = [...new Set(open.map(({ number }) => number))];
  const one = (number: number) => {
    const protocols = open.filter((port) => port.number === number).map((port) => port.protocol);
    return protocols.join() === "TCP" ? String(number) : `${number} (${protocols.join(", ")})`;
  };
  return numbers.map(one).join(" ") || NOTHING;
}
