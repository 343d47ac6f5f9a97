import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import type { Credentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { instanceLabel } from "./lib/labels.ts";
import {
  type Access,
  accessTo,
  clientsOf,
  namespace as inNamespace,
  pods,
  policy,
  tcp,
} from "./lib/network.ts";
import { MAY_GO } from "./lib/held-data.ts";
import { fixedName, holdsData } from "./lib/options.ts";
import { requests } from "./lib/pod.ts";
import { PORTS } from "./well-known.ts";

type Settings = Extract<StackConfig["database"], { kind: "cloudnative-pg" }>;

const PORT = PORTS.postgres;
/** Where the operator asks an instance for its state. */
const STATUS_PORT = 8000;

export interface PostgresClusterArgs {
  namespace: Environment;
  settings: Settings;
  /** Owner of MLflow's database. */
  credentials: Credentials;
}

/** A `Cluster` for the CloudNativePG operator, which must be installed in `cnpg-system`. */
export function postgresCluster(
  name: string,
  { namespace, settings, credentials }: PostgresClusterArgs,
  parent: pulumi.Resource,
): { host: string; access: Access } {
  const selector = { "cnpg.io/cluster": name };
  const service = { name, port: PORT, selector };
  const metadata = namespace.metadata(name, "database");
  const data = `${name}-data`;

  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { ...metadata, ...(namespace.mayGo(data) && { annotations: MAY_GO }) },
      spec: clusterSpec(settings, credentials, namespace.instance),
    },
    holdsData(parent, namespace.protects(data)),
  );
  const spec = policy(selector, {
    ingress: [
      clientsOf(service),
      { from: [pods(selector), inNamespace("cnpg-system")], ports: [tcp(PORT), tcp(STATUS_PORT)] },
    ],
    egress: [
      { to: [pods(selector)], ports: [tcp(PORT), tcp(STATUS_PORT)] },
      // Each instance reports to the Kubernetes API, whose address a policy cannot name.
      { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(443), tcp(6443)] },
      ...namespace.egress,
    ],
  });
  new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, fixedName(parent));

  // The operator names the Service of the primary after the cluster.
  return { host: `${name}-rw`, access: accessTo(service) };
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
    resources: requests(resources),
  };
}
