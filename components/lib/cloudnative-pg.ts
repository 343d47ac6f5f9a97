import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema.ts";
import type { Credentials } from "../credentials.ts";
import type { PlatformNamespace } from "../platform-namespace.ts";
import { PORTS } from "../well-known.ts";
import { instanceLabel, labels } from "./labels.ts";
import {
  type Access,
  accessTo,
  clientsOf,
  namespace as inNamespace,
  pods,
  policy,
  tcp,
} from "./network.ts";
import { fixedName, holdsData } from "./options.ts";

type Settings = Extract<StackConfig["database"], { kind: "cloudnative-pg" }>;

const PORT = PORTS.postgres;
/** Where the operator asks an instance for its state. */
const STATUS_PORT = 8000;

/** A `Cluster` for the CloudNativePG operator, which must be installed in `cnpg-system`. */
export function postgresCluster(
  name: string,
  args: { namespace: PlatformNamespace; settings: Settings; credentials: Credentials },
  parent: pulumi.Resource,
): { host: string; access: Access } {
  const { namespace, settings, credentials } = args;
  const selector = { "cnpg.io/cluster": name };
  const metadata = {
    name,
    namespace: namespace.name,
    labels: labels(namespace.selector(name), "database"),
  };

  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata,
      spec: clusterSpec(settings, credentials, namespace.instance),
    },
    holdsData(parent, namespace.protect),
  );
  const spec = policy(selector, {
    ingress: [
      clientsOf(name, PORT),
      { from: [pods(selector), inNamespace("cnpg-system")], ports: [tcp(PORT), tcp(STATUS_PORT)] },
    ],
    egress: [
      { to: [pods(selector)], ports: [tcp(PORT), tcp(STATUS_PORT)] },
      // Each instance reports to the Kubernetes API, whose address a policy cannot name.
      { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(443), tcp(6443)] },
    ],
  });
  new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, fixedName(parent));

  // The operator names the Service of the primary after the cluster.
  return { host: `${name}-rw`, access: accessTo(name, selector, PORT) };
}

function clusterSpec(
  { instances, size, storageClass, resources }: Settings,
  { secret, username }: Credentials,
  instance: string,
) {
  return {
    instances,
    // Only with this do the policies for all pods of the environment find those of the operator.
    inheritedMetadata: { labels: instanceLabel(instance) },
    bootstrap: { initdb: { database: "mlflow", owner: username, secret: { name: secret } } },
    storage: { size, ...(storageClass === undefined ? {} : { storageClass }) },
    resources: {
      requests: { cpu: resources.cpu, memory: resources.memory },
      limits: { memory: resources.memoryLimit },
    },
  };
}
