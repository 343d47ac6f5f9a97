import { SLEEP_SCHEDULE } from "../../components/well-known.ts";
import { type Place, ownLabels } from "../lib/stack/environment.ts";
import type { Deployment, Service } from "../lib/kubernetes.ts";
import type { Named } from "../lib/stack/objects.ts";

const MANAGED = "endpointslice.kubernetes.io/managed-by";
const SERVICE = "kubernetes.io/service-name";
const NAME = "app.kubernetes.io/name";
const COMPONENT = "app.kubernetes.io/component";
/** Roles whose callers are answered while they sleep: prediction APIs and the page. */
const CALLED = ["serving", "ui"];

/** A way to a pod, as a Service has it (kubernetes.io/docs/concepts/services-networking/endpoint-slices). */
interface EndpointSlice extends Named {
  endpoints: { addresses: string[] }[];
}

/** Where this pod answers in place of others. */
export interface StandIn {
  address: string;
  port: number;
  /** The ConfigMap of the schedule: with it go the ways that lead here. */
  owner: { name: string; uid: string };
}

/**
 * Makes the Services of what has no ready replica lead here while all sleeps, and takes the ways away as soon as one is ready.
 *
 * @returns names of the Services that lead here.
 */
export async function standIn(place: Place, asleep: boolean, self: StandIn): Promise<string[]> {
  const { objects } = place;
  const led = await objects.list<EndpointSlice>("EndpointSlice", [`${MANAGED}=${SLEEP_SCHEDULE}`]);
  const wanted = asleep ? await restingServices(place) : [];
  const nameOf = ({ metadata: { name } }: Service) => `${name}-asleep`;
  for (const { metadata } of led) {
    if (wanted.some((service) => nameOf(service) === metadata.name)) continue;
    await objects.remove({ kind: "EndpointSlice", metadata });
  }
  for (const service of wanted) {
    const there = led.find(({ metadata }) => metadata.name === nameOf(service));
    if (there?.endpoints[0]?.addresses[0] === self.address) continue;
    await objects.apply(slice(place, service, nameOf(service), self), SLEEP_SCHEDULE);
  }
  return wanted.map(({ metadata }) => metadata.name);
}

/** Services of APIs and pages of which no replica is ready. */
async function restingServices(place: Place): Promise<Service[]> {
  const own = ownLabels(place);
  const [services, deployments] = await Promise.all([
    place.objects.list<Service>("Service", own),
    place.objects.list<Deployment>("Deployment", own),
  ]);
  const resting = deployments
    .filter(({ metadata }) => CALLED.includes(String(metadata.labels?.[COMPONENT])))
    .filter(({ status }) => !status?.readyReplicas)
    .map(({ metadata }) => metadata.name);
  // A Service without an address of its own names each pod, ready or not.
  return services.filter(
    ({ spec: { clusterIP, selector } }) =>
      clusterIP !== "None" && resting.includes(String(selector?.[NAME])),
  );
}

function slice(
  { namespace }: Place,
  { metadata: { name: service, labels = {} }, spec }: Service,
  name: string,
  { address, port, owner }: StandIn,
) {
  const { ports = [] } = spec as { ports?: { name?: string }[] };
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice" as const,
    metadata: {
      name,
      namespace,
      labels: { ...labels, [SERVICE]: service, [MANAGED]: SLEEP_SCHEDULE },
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", ...owner }],
    },
    addressType: address.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: ports.map((each) => ({ name: each.name ?? "", port, protocol: "TCP" })),
  };
}
