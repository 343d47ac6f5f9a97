import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { type Credentials, passwords } from "./credentials.ts";
import { DataVolume } from "./data-volume.ts";
import type { Environment } from "./environment.ts";
import type { ImageReference } from "./lib/image-reference.ts";
import { accessTo } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, environment, httpProbe, readOnly } from "./lib/pod.ts";
import type { DataAccounts, OwnStore } from "./object-store.ts";
import { DATA_BUCKET, DATA_PREFIXES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const UID = 10001;
/** The image makes it once buckets and rights are there. */
const READY = "/tmp/ready";
const CLIENTS = readOnly("clients", "/run/secrets/clients");

export interface SeaweedfsArgs {
  namespace: Environment;
  settings: Extract<StackConfig["objectStore"], { kind: "bundled" }>;
  /** SeaweedFS, as images/seaweedfs starts it. */
  image: ImageReference;
  /** User with a bucket of its name. */
  credentials: Credentials;
  /** Users of the bucket of data; none where there is no such. */
  data: DataAccounts | undefined;
}

/** Name of SeaweedFS' objects: MinIO's are named as the store is, and both run while objects move. */
export function seaweedfsName(store: string): string {
  return `${store}-seaweedfs`;
}

/**
 * Our own SeaweedFS: master, volumes, filer and S3 gateway in one process (github.com/seaweedfs/seaweedfs/wiki). It has
 * no administrator: at each start it makes its buckets and accounts from what is mounted.
 */
export function seaweedfs(
  store: string,
  { namespace, settings, image, credentials, data: accounts }: SeaweedfsArgs,
  parent: pulumi.Resource,
): OwnStore {
  const name = seaweedfsName(store);
  const component = "object-store";
  const users = [credentials, ...(accounts ? [accounts.data, accounts.capture] : [])];
  const data = new DataVolume(name, { namespace, ...settings }, parent);
  const workload = new Workload(
    name,
    {
      namespace,
      component,
      image,
      uid: UID,
      port: { number: PORTS.seaweedfs },
      metricsPort: PORTS.seaweedfsMetrics,
      server: server(settings.resources, accounts !== undefined),
      volumes: [data.volume, passwords(CLIENTS.name, users)],
      reads: users,
    },
    parent,
  );
  // The address that people and other programs know, whatever our store is.
  const ports = [{ name: "http", port: PORTS.objectStore, targetPort: "http" }];
  const metadata = namespace.metadata(store, component);
  new k8s.core.v1.Service(
    store,
    { metadata, spec: { selector: workload.service.selector, ports } },
    fixedName(parent),
  );
  const { host, access, metrics } = workload;
  return {
    endpoint: pulumi.interpolate`http://${host}:${PORTS.seaweedfs}`,
    access,
    watched: { kind: "seaweedfs", service: metrics, access: accessTo(metrics) },
  };
}

function server(resources: Resources, captures: boolean) {
  // Both say that the gateway answers.
  const [live, ready] = ["/status", "/healthz"];
  return {
    name: "seaweedfs",
    ...(captures && {
      env: environment({ WRITERS: `capture=${DATA_BUCKET}/${DATA_PREFIXES.predictions}` }),
    }),
    startupProbe: {
      exec: { command: ["test", "-e", READY] },
      periodSeconds: 2,
      failureThreshold: 150,
    },
    livenessProbe: httpProbe(live, { periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: httpProbe(ready, { periodSeconds: 5 }),
    resources,
    volumeMounts: [{ name: "data", mountPath: "/data" }, CLIENTS],
  };
}
