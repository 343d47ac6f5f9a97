import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { type Credentials, loginVolume, passwords } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import { keptServer } from "./kept-server.ts";
import { majorOf } from "./lib/image-names.ts";
import { parseReference } from "./lib/image-reference.ts";
import { scriptFile } from "./lib/files.ts";
import type { Access } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { environment, readOnly, scratch } from "./lib/pod.ts";
import { parseQuantity } from "./lib/quantity.ts";
import type { ServerCertificate } from "./server-certificate.ts";
import { PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

/** User of the official image on Debian. */
const UID = 999;
const HBA = "pg_hba.conf";
/** The role that makes all others. */
export const ADMIN = "postgres";
/** The role of the exporter. */
export const MONITOR = "monitor";
/** The role that receives every change. */
export const ARCHIVE = "archive";
/** Part of the volume that changes may take up which nobody receives. */
const HELD_BACK = 0.25;

export interface PostgresServerArgs {
  namespace: Environment;
  settings: Extract<StackConfig["database"], { kind: "bundled" }>;
  /** The official image, by exact version. */
  image: string;
  /** Owner of MLflow's database. */
  credentials: Credentials;
  /** The account that sees figures of the server, and no data. */
  monitor: Credentials;
  /** The account that receives every change. @default nobody does */
  archiver?: Credentials | undefined;
  /** By which clients know it. */
  certificate: ServerCertificate;
}

/**
 * Our own server; gives its host. Whoever connects also depends on `parent`, to wait for the server.
 */
export function postgresServer(
  name: string,
  args: PostgresServerArgs,
  parent: pulumi.Resource,
): { host: pulumi.Output<string>; access: Access } {
  const { namespace, settings, image, credentials, monitor, archiver, certificate } = args;
  const { resources } = settings;
  const metadata = namespace.metadata(name, "database", parseReference(image).tag);
  const { admin, data } = keptServer(name, { namespace, settings, username: ADMIN }, parent);
  const scripts = new FilesConfigMap(
    metadata,
    scriptData(namespace.pods.openshift, archiver !== undefined),
    fixedName(parent),
  );
  const layout = dataLayout(majorVersion(image, parent));
  return new Workload(
    name,
    {
      namespace,
      component: "database",
      image,
      uid: UID,
      port: { name: "postgres", number: PORTS.postgres },
      initContainers: [{ name: "check", command: ["/scripts/check.sh"], ...layout, resources }],
      server: server(layout, certificate, settings, archiver !== undefined),
      // A checkpoint of a busy server takes its time; killed, it would replay its log at the next
      // start.
      terminationGracePeriodSeconds: 120,
      volumes: [
        scratch("socket", "1Mi"),
        data.volume,
        scripts.volume("scripts", { executable: true }),
        loginVolume("admin", admin),
        passwords("clients", [credentials]),
        passwords("monitors", [monitor]),
        ...(archiver ? [passwords("archivers", [archiver])] : []),
        certificate.volume,
      ],
      reads: [scripts, admin, credentials, monitor, ...(archiver ? [archiver] : []), certificate],
    },
    parent,
  );
}

/** Major version of an image, which names the data's folder. @throws ResourceError where it has none. */
export function majorVersion(image: string, owner: pulumi.Resource): string {
  const major = majorOf(image);
  if (major !== undefined) return major;
  const reason = `'image' (${image}) must carry its version, e.g. postgres:18.6-bookworm: it names the data's folder`;
  throw new pulumi.ResourceError(reason, owner, true);
}

function scriptData(openshift: boolean, archived: boolean): Record<string, string> {
  return {
    "check.sh": scriptFile("postgres-check.sh"),
    [HBA]: admittance(openshift, archived),
    "roles.sh": scriptFile("postgres-roles.sh"),
  };
}

/**
 * Who gets in, and how (postgresql.org/docs/current/auth-pg-hba-conf.html): over the network with TLS and a password alone. The socket is in a volume of this
 * container's; the user of its processes makes the roles there, whatever password the data have of before. The whole of the server is for who receives its changes.
 */
function admittance(openshift: boolean, archived: boolean): string {
  // OpenShift's user ids have no name, by which Postgres could know the user.
  const local = openshift ? "trust" : "peer";
  const whole = archived ? `hostssl replication ${ARCHIVE} all scram-sha-256\n` : "";
  return `local all ${ADMIN} ${local}\nhostssl all all all scram-sha-256\n${whole}`;
}

/**
 * The same layout for every version, so that the data of two of them can never be taken for one
 * another.
 */
function dataLayout(major: string) {
  return {
    env: [{ name: "PGDATA", value: `/var/lib/postgresql/${major}/docker` }],
    volumeMounts: [
      { name: "data", mountPath: "/var/lib/postgresql" },
      { name: "scripts", mountPath: "/scripts" },
    ],
  };
}

function server(
  { env, volumeMounts }: ReturnType<typeof dataLayout>,
  certificate: ServerCertificate,
  { resources, size }: PostgresServerArgs["settings"],
  archived: boolean,
) {
  const ready = { exec: { command: ["pg_isready", "-q", "-h", "127.0.0.1"] }, timeoutSeconds: 5 };
  const settings = Object.entries({
    ...tuning(resources.memoryLimit),
    ssl: "on",
    ssl_cert_file: certificate.files.certificate,
    ssl_key_file: certificate.files.key,
    hba_file: `/scripts/${HBA}`,
    // Where nobody receives them, the server goes on: what was not received begins anew then.
    ...(archived && {
      max_slot_wal_keep_size: `${Math.floor((HELD_BACK * parseQuantity(size)) / 2 ** 20)}MB`,
    }),
  });
  return {
    name: "postgres",
    args: settings.flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    env: [
      ...env,
      ...environment({
        POSTGRES_PASSWORD_FILE: "/run/secrets/admin/password",
        POSTGRES_INITDB_ARGS: "--data-checksums --auth-local=peer --auth-host=scram-sha-256",
      }),
    ],
    lifecycle: { postStart: { exec: { command: ["/scripts/roles.sh"] } } },
    startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: { ...ready, periodSeconds: 20, failureThreshold: 6 },
    readinessProbe: { ...ready, periodSeconds: 5 },
    resources,
    volumeMounts: [
      ...volumeMounts,
      { name: "socket", mountPath: "/var/run/postgresql" },
      readOnly("admin", "/run/secrets/admin"),
      readOnly("clients", "/run/secrets/clients"),
      readOnly("monitors", "/run/secrets/monitors"),
      ...(archived ? [readOnly("archivers", "/run/secrets/archivers")] : []),
      certificate.volumeMount,
    ],
  };
}

/**
 * Settings for a server that may use `memory`: a quarter as buffers, the rule of thumb of
 * Postgres' own manual.
 */
function tuning(memory: string): Record<string, string | number> {
  const mebibytes = Math.floor(parseQuantity(memory) / 2 ** 20);
  return {
    shared_buffers: `${Math.floor(mebibytes / 4)}MB`,
    effective_cache_size: `${Math.floor(mebibytes / 2)}MB`,
    maintenance_work_mem: `${Math.max(16, Math.floor(mebibytes / 16))}MB`,
    max_connections: 50,
    // Parallel workers share memory through /dev/shm, which a container has little of.
    max_parallel_workers_per_gather: 0,
    wal_compression: "on",
    log_min_duration_statement: "1s",
  };
}
