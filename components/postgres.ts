import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { Credentials, passwords } from "./credentials.ts";
import { postgresCluster } from "./lib/cloudnative-pg.ts";
import { FilesConfigMap } from "./lib/files-config-map.ts";
import { dataVolume } from "./lib/data-volume.ts";
import { scriptFile } from "./lib/files.ts";
import { labels } from "./lib/labels.ts";
import { type Access, accessOutside, accessTo, clientsOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { container, podSpec, scratch } from "./lib/pod.ts";
import { parseQuantity } from "./lib/quantity.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import { PORTS } from "./well-known.ts";

const PORT = PORTS.postgres;
/** User of the official image on Debian. */
const UID = 999;

type Bundled = Extract<StackConfig["database"], { kind: "bundled" }>;

export interface PostgresArgs {
  /** Where the database runs, and where its credentials are kept. */
  namespace: PlatformNamespace;
  /** Our own server, one of yours, or a cluster of the CloudNativePG operator. */
  settings: StackConfig["database"];
  /** The official image, by exact version; its major version names the data's folder. */
  image: string;
}

/** What a client needs to connect. */
export interface DatabaseClient {
  host: pulumi.Output<string>;
  port: number;
  database: string;
  sslMode: string;
  /** User and password; the user owns its database and sees no other. */
  credentials: Credentials;
}

/** The relational database: MLflow's runs, models and users. */
export class Postgres extends pulumi.ComponentResource {
  /** MLflow's connection. */
  readonly mlflow: DatabaseClient;
  /** The way to the database through the network policies. */
  readonly access: Access;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:data:Postgres", name, {}, opts);
    const { namespace, settings, image } = args;
    const external = settings.kind === "external" ? settings : undefined;

    const credentials = new Credentials(
      `${name}-mlflow`,
      { namespace, of: name, username: external?.user ?? "mlflow", password: external?.password },
      { parent: this },
    );
    let host: pulumi.Input<string>;
    switch (settings.kind) {
      case "external":
        host = settings.host;
        this.access = accessOutside(settings.port);
        break;
      case "cloudnative-pg":
        ({ host, access: this.access } = postgresCluster(
          name,
          { namespace, settings, credentials },
          this,
        ));
        break;
      case "bundled":
        host = this.server(name, namespace, settings, image, credentials);
        this.access = accessTo(name, namespace.selector(name), PORT);
    }
    this.mlflow = {
      host: pulumi.output(host),
      port: external?.port ?? PORT,
      database: external?.name ?? "mlflow",
      sslMode: external?.sslMode ?? "prefer",
      credentials,
    };
    this.registerOutputs({ host: this.mlflow.host });
  }

  /**
   * Our own server; gives its host. Whoever connects also depends on this component, to wait for
   * the server.
   */
  private server(
    name: string,
    namespace: PlatformNamespace,
    settings: Bundled,
    image: string,
    client: Credentials,
  ): pulumi.Output<string> {
    const major = /:(\d+)[^/]*$/.exec(image)?.[1];
    if (major === undefined) {
      const reason = `'image' (${image}) must carry its version, e.g. postgres:18.6-bookworm: it names the data's folder`;
      throw new pulumi.ResourceError(reason, this, true);
    }
    const selector = namespace.selector(name);
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "database", image.split(":").at(-1)),
    };

    const admin = new Credentials(
      `${name}-admin`,
      { namespace, of: name, username: "postgres" },
      { parent: this },
    );
    const claim = dataVolume(name, namespace, settings, this);
    const scripts = new FilesConfigMap(metadata, scriptData(), child);
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata,
        spec: { selector, ports: [{ name: "postgres", port: PORT, targetPort: "postgres" }] },
      },
      child,
    );
    const spec = policy(selector, { ingress: [clientsOf(name, PORT)] });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    const pod = podSpec(namespace.pods, {
      uid: UID,
      initContainers: [check(image, major, settings)],
      containers: [server(image, major, settings)],
      // A checkpoint of a busy server takes its time; killed, it would replay its log at the next
      // start.
      terminationGracePeriodSeconds: 120,
      volumes: [
        scratch(),
        scratch("socket", "1Mi"),
        { name: "data", persistentVolumeClaim: { claimName: claim.metadata.name } },
        { name: "scripts", configMap: { name: scripts.metadata.name, defaultMode: 0o555 } },
        admin.volume("admin"),
        passwords("clients", [client]),
      ],
    });
    new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata,
        spec: {
          serviceName: name,
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: metadata.labels, annotations: scripts.checksum },
            spec: pod,
          },
        },
      },
      { ...child, customTimeouts: { create: "5m", update: "5m" } },
    );
    return service.metadata.name;
  }
}

function scriptData(): Record<string, string> {
  return Object.fromEntries(
    ["check.sh", "roles.sh"].map((file) => [file, scriptFile(`postgres-${file}`)]),
  );
}

/**
 * The same layout for every version, so that the data of two of them can never be taken for one
 * another.
 */
function dataPlace(major: string) {
  return {
    env: [{ name: "PGDATA", value: `/var/lib/postgresql/${major}/docker` }],
    mounts: [
      { name: "data", mountPath: "/var/lib/postgresql" },
      { name: "scripts", mountPath: "/scripts" },
    ],
  };
}

function check(image: string, major: string, { resources }: Bundled) {
  const { env, mounts } = dataPlace(major);
  return container({
    name: "check",
    image,
    command: ["/scripts/check.sh"],
    env,
    volumeMounts: mounts,
    resources,
  });
}

function server(image: string, major: string, { resources }: Bundled) {
  const { env, mounts } = dataPlace(major);
  const ready = { exec: { command: ["pg_isready", "-q", "-h", "127.0.0.1"] }, timeoutSeconds: 5 };
  return container({
    name: "postgres",
    image,
    args: Object.entries(tuning(resources.memoryLimit)).flatMap(([key, value]) => [
      "-c",
      `${key}=${value}`,
    ]),
    env: [
      ...env,
      { name: "POSTGRES_PASSWORD_FILE", value: "/run/secrets/admin/password" },
      {
        name: "POSTGRES_INITDB_ARGS",
        value: "--data-checksums --auth-local=trust --auth-host=scram-sha-256",
      },
    ],
    ports: [{ name: "postgres", containerPort: PORT }],
    lifecycle: { postStart: { exec: { command: ["/scripts/roles.sh"] } } },
    startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: { ...ready, periodSeconds: 20, failureThreshold: 6 },
    readinessProbe: { ...ready, periodSeconds: 5 },
    resources,
    volumeMounts: [
      ...mounts,
      { name: "socket", mountPath: "/var/run/postgresql" },
      { name: "admin", mountPath: "/run/secrets/admin", readOnly: true },
      { name: "clients", mountPath: "/run/secrets/clients", readOnly: true },
    ],
  });
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
