import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { type Credentials, loginVolume, passwords } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import { keptServer } from "./kept-server.ts";
import type { ImageReference } from "./lib/image-reference.ts";
import { scriptFile } from "./lib/files.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, environment, httpProbe, readOnly } from "./lib/pod.ts";
import type { OwnStore } from "./object-store.ts";
import { Task } from "./task.ts";
import { FIXED_RESOURCES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const UID = 10001;
/** MinIO's root account. */
export const ROOT = "slipway";
const ADMIN = readOnly("admin", "/run/secrets/admin");

export interface MinioArgs {
  namespace: Environment;
  settings: Extract<StackConfig["objectStore"], { kind: "minio" }>;
  /** MinIO's server and client. */
  image: ImageReference;
  /** User with a bucket of its name. */
  credentials: Credentials;
}

/** Our own MinIO and the Job that fills it; gives its URL. Clients also depend on `parent`. */
export function minio(name: string, args: MinioArgs, parent: pulumi.Resource): OwnStore {
  const { namespace, settings, image, credentials } = args;
  const { admin, data } = keptServer(name, { namespace, settings, username: ROOT }, parent);
  const common = { namespace, component: "object-store", image, uid: UID };
  const store = new Workload(
    name,
    {
      ...common,
      port: { number: PORTS.objectStore },
      server: server(settings.resources),
      volumes: [data.volume, loginVolume(ADMIN.name, admin)],
      reads: [admin],
    },
    parent,
  );
  const buckets = `${name}-buckets`;
  const script = scriptFile("object-store.sh");
  const metadata = namespace.metadata(buckets, common.component, image.tag);
  const scripts = new FilesConfigMap(metadata, { "buckets.sh": script }, fixedName(parent));
  new Task(
    buckets,
    {
      ...common,
      container: provisioner(name),
      volumes: [
        scripts.volume("scripts", { executable: true }),
        loginVolume(ADMIN.name, admin),
        passwords("clients", [credentials]),
      ],
      // Gives the user its password.
      reads: [credentials],
      reaches: [store.access],
      identity: [script, image.tagged],
      job: { backoffLimit: 4 },
      dependsOn: [store.controller],
      timeout: "5m",
    },
    parent,
  );
  return {
    endpoint: pulumi.interpolate`http://${store.host}:${PORTS.objectStore}`,
    access: store.access,
    watched: { kind: "minio", service: store.service, access: store.access },
  };
}

function server(resources: Resources) {
  const [live, ready] = ["/minio/health/live", "/minio/health/ready"];
  return {
    name: "minio",
    env: environment({
      MINIO_ROOT_USER_FILE: "/run/secrets/admin/username",
      MINIO_ROOT_PASSWORD_FILE: "/run/secrets/admin/password",
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
      // Figures, for whoever the network policies let in; a token for them would have to be made anew with each password.
      MINIO_PROMETHEUS_AUTH_TYPE: "public",
    }),
    startupProbe: httpProbe(live, { periodSeconds: 2, failureThreshold: 60 }),
    livenessProbe: httpProbe(live, { periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: httpProbe(ready, { periodSeconds: 5 }),
    resources,
    volumeMounts: [{ name: "data", mountPath: "/data" }, ADMIN],
  };
}

function provisioner(host: string) {
  return {
    name: "buckets",
    command: ["/scripts/buckets.sh"],
    env: environment({ STORE_HOST: host }),
    resources: FIXED_RESOURCES.buckets,
    volumeMounts: [
      { name: "scripts", mountPath: "/scripts" },
      ADMIN,
      readOnly("clients", "/run/secrets/clients"),
    ],
  };
}
