import type { StackConfig } from "../config/schema.ts";
import type { Peer } from "./destinations.ts";
import { namespace } from "./network.ts";

/**
 * Where Google's health checks come from, and the requests of its global load balancers
 * (https://cloud.google.com/load-balancing/docs/firewall-rules).
 */
const GOOGLE = ["35.191.0.0/16", "130.211.0.0/22"];

/**
 * The routers of OpenShift, in the network of pods or of nodes, by the labels of their namespaces
 * (docs.redhat.com: OpenShift Container Platform, About network policy).
 */
const ROUTERS = ["ingress", "host-network"].map((group) => ({
  namespaceSelector: { matchLabels: { [`policy-group.network.openshift.io/${group}`]: "" } },
}));

/** The pods that let people in, where a policy can name them: of the controller's or gateway's namespace, or OpenShift's routers. */
export function controllers({
  kind,
  controllerNamespace,
}: Pick<StackConfig["endpoint"], "kind" | "controllerNamespace">): Peer[] {
  if (controllerNamespace !== undefined) return [namespace(controllerNamespace)];
  return kind === "openshiftRoute" ? ROUTERS : [];
}

/** Who lets people in from outside, as the sources of a policy; nothing stands for everyone. */
export function entrances(endpoint: StackConfig["endpoint"]): { from?: Peer[] } {
  const { kind, controllerNamespace, gateway } = endpoint;
  const pods = controllers(endpoint);
  if (pods.length === 0) return {};
  const checked = controllerNamespace !== undefined && kind === "gateway";
  const google = checked && gateway?.healthCheckPolicy ? GOOGLE : [];
  return { from: [...pods, ...google.map((cidr) => ({ ipBlock: { cidr } }))] };
}
