import type { StackConfig } from "../config/schema.ts";
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

/** Who lets people in from outside, as the sources of a policy; nothing stands for everyone. */
export function entrances({ kind, controllerNamespace, gateway }: StackConfig["endpoint"]) {
  if (controllerNamespace === undefined) return kind === "openshiftRoute" ? { from: ROUTERS } : {};
  const google = kind === "gateway" && gateway?.healthCheckPolicy ? GOOGLE : [];
  return {
    from: [namespace(controllerNamespace), ...google.map((cidr) => ({ ipBlock: { cidr } }))],
  };
}
