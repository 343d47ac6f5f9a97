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
import { HIBERNATION, PORTS } from "./well-known.ts";

type Settings = Extract<StackConfig["database"], { kind: "cloudnative-pg" }>;
type Kept = Extract<StackConfig["movedFrom"]["database"], { kind: "cloudnative-pg" }>;

const PORT = PORTS.postgres;
/** Owner of MLflow's database, whoever the credentials are for: those of a server that data moved to. */
const OWNER = "mlflow";
/** Where the operator asks an instance for its state. */
const STATUS_PORT = 8000;

export interface PostgresClusterArgs {
  namespace: Environment;
  /** Those of a cluster in use, or of one that data moved away from. */
  settings: Settings | Kept;
  /** Owner of MLflow's database. */
  credentials: Credentials;
}

/** A `Cluster` for the CloudNativePG operator, which must be installed in `cnpg-system`. */
export function postgresCluster(
  name: string,
  args: PostgresClusterArgs,
  parent: pulumi.Resource,
): { host: string; access: Access } {
  const { namespace } = args;
  const selector = { "cnpg.io/cluster": name };
  const service = { name, port: PORT, selector };
  const metadata = namespace.metadata(name, "database");
  cluster(name, args, parent);
  const spec = policy(selector, {
    ingress: [
      clientsOf(service),
      { from: [pods(selector), inNamespace("cnpg-system")], ports: [tcp(PORT), tcp(STATUS_PORT)] },
    ],
    egress: [
      { to: [pods(selector)], ports: [tcp(PORT), tcp(STATUS_PORT)] },
      // Each instance reports to the Kubernetes API, whose address a policy cannot name. No cloud has it beside its metadata service.
      {
        to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }],
        ports: [tcp(443), tcp(6443)],
      },
      ...namespace.egress,
    ],
  });
  new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, fixedName(parent));

  // The operator names the Service of the primary after the cluster.
  return { host: `${name}-rw`, access: accessTo(service) };
}

/** The cluster that data moved away from: the operator ends its pods and keeps its volumes. */
export function keptCluster(
  name: string,
  args: PostgresClusterArgs,
  parent: pulumi.Resource,
): void {
  cluster(name, args, parent, { [HIBERNATION]: "on" });
}

function cluster(
  name: string,
  { namespace, settings, credentials }: PostgresClusterArgs,
  parent: pulumi.Resource,
  more: Record<string, string> = {},
): void {
  const data = `${name}-cluster`;
  const annotations = { ...more, ...(namespace.mayGo(data) && MAY_GO) };
  const metadata = namespace.metadata(name, "database");
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: clusterSpec(settings, credentials, namespace.instance),
    },
    holdsData(parent, namespace.protects(data)),
  );
}

function clusterSpec(
  { instances, size, storageClass, ...settings }: Settings | Kept,
  { secret }: Credentials,
  instance: string,
) {
  return {
    instances,
    // Only with this do the policies for all pods of the environment find those of the operator.
    inheritedMetadata: { labels: instanceLabel(instance) },
    bootstrap: { initdb: { database: "mlflow", owner: OWNER, secret: { name: secret } } },
    storage: { size, ...(storageClass === undefined ? {} : { storageClass }) },
    ...("resources" in settings && { resources: requests(settings.resources) }),
  };
}
