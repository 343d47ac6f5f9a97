import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Credentials, passwords } from "./credentials.ts";
import type { Exposed } from "./endpoint.ts";
import type { Image } from "./image.ts";
import { labels } from "./lib/labels.ts";
import { type Access, accessTo, clientsOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, container, httpProbe, podSpec, scratch } from "./lib/pod.ts";
import type { ObjectStore } from "./object-store.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import type { Postgres } from "./postgres.ts";
import { PORTS } from "./well-known.ts";

const PORT = PORTS.mlflow;
const UID = 10001;
const HEALTH = "/health";

export interface MlflowArgs {
  /** Where the server runs. */
  namespace: PlatformNamespace;
  /** MLflow with the drivers for Postgres and S3. */
  image: Image;
  /** Where runs, models and users are kept. */
  database: Postgres;
  /** Where artifacts are kept; clients reach them through MLflow alone. */
  objectStore: ObjectStore;
  /** Hosts under which people reach the server, beside the Service's own names. @default none */
  hosts?: string[];
  /** CPU and memory of the server. */
  resources: Resources;
}

/**
 * Tracking server and model registry, behind a password; the only one that holds keys to the store.
 */
export class Mlflow extends pulumi.ComponentResource {
  /** In-cluster URL, e.g. `http://mlflow.slipway-dev:5000`. */
  readonly url: pulumi.Output<string>;
  /** The account for people; may do everything. */
  readonly admin: Credentials;
  /** The account of training Jobs: creates runs and model versions. */
  readonly training: Credentials;
  /** The account of the prediction APIs: reads. */
  readonly serving: Credentials;
  /** The way to the server through the network policies. */
  readonly access: Access;
  /** What an endpoint leads to. */
  readonly service: Exposed;

  constructor(name: string, args: MlflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:tracking:Mlflow", name, {}, opts);
    const { namespace, image, database, objectStore, hosts = [], resources } = args;
    const selector = namespace.selector(name);
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "tracking", image.tag),
    };

    const account = (username: string) =>
      new Credentials(`${name}-${username}`, { namespace, of: name, username }, { parent: this });
    this.admin = account("admin");
    this.training = account("training");
    this.serving = account("serving");
    this.access = accessTo(name, selector, PORT);
    this.service = { name, port: PORT, selector, health: HEALTH };

    const key = new random.RandomPassword(`${name}-session`, { length: 48, special: false }, child);
    const session = new k8s.core.v1.Secret(
      `${name}-session`,
      { metadata: { ...metadata, name: `${name}-session` }, stringData: { key: key.result } },
      child,
    );
    const ports = [{ name: "http", port: PORT, targetPort: "http" }];
    const service = new k8s.core.v1.Service(name, { metadata, spec: { selector, ports } }, child);
    const spec = policy(selector, {
      ingress: [clientsOf(name, PORT)],
      egress: [...database.access.egress, ...objectStore.access.egress],
    });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    const common = {
      image: image.reference,
      env: environment(name, namespace, args, hosts),
      resources,
    };
    const pod = podSpec(namespace.pods, {
      uid: UID,
      initContainers: [upgrade(common)],
      containers: [server(common, objectStore)],
      volumes: [
        scratch("tmp", "1Gi"),
        this.admin.volume("admin"),
        database.mlflow.credentials.volume("database"),
        objectStore.mlflow.credentials.volume("object-store"),
        passwords("users", [this.training, this.serving]),
        { name: "session", secret: { secretName: session.metadata.name } },
      ],
    });
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          // An old server must not write while the new one changes the schema.
          strategy: { type: "Recreate" },
          selector: { matchLabels: selector },
          template: {
            metadata: {
              labels: {
                ...metadata.labels,
                ...database.access.labels,
                ...objectStore.access.labels,
              },
            },
            spec: pod,
          },
        },
      },
      {
        ...child,
        dependsOn: [database, objectStore],
        customTimeouts: { create: "5m", update: "5m" },
      },
    );
    this.url = pulumi.interpolate`http://${service.metadata.name}.${namespace.name}:${PORT}`;
    this.registerOutputs({ url: this.url });
  }
}

/**
 * What a client of MLflow needs: its address and the account's files, mounted by {@link
 * accountVolume}.
 */
export function clientEnvironment(mlflow: Mlflow, account: Credentials) {
  return [
    { name: "MLFLOW_TRACKING_URI", value: mlflow.url },
    { name: "MLFLOW_TRACKING_USERNAME", value: account.username },
    { name: "MLFLOW_TRACKING_PASSWORD_FILE", value: `${ACCOUNT_MOUNT.mountPath}/password` },
  ];
}

/** Where a client finds its account's files; the volume is called `mlflow`. */
export const ACCOUNT_MOUNT = { name: "mlflow", mountPath: "/run/secrets/mlflow", readOnly: true };

type Common = Pick<k8s.types.input.core.v1.Container, "image" | "env"> & { resources: Resources };

/** MLflow refuses to start on an older schema, and reads the admin's password only once. */
function upgrade(common: Common) {
  return container({
    name: "upgrade",
    command: ["mlflow-upgrade"],
    ...common,
    volumeMounts: mounts(),
  });
}

function server(common: Common, objectStore: ObjectStore) {
  const health = (timing: object) => httpProbe(HEALTH, { timeoutSeconds: 5, ...timing });
  return container({
    name: "mlflow",
    args: [
      "--serve-artifacts",
      "--artifacts-destination",
      `s3://${objectStore.mlflow.bucket}/artifacts`,
    ],
    ...common,
    ports: [{ name: "http", containerPort: PORT }],
    startupProbe: health({ periodSeconds: 2, failureThreshold: 90 }),
    livenessProbe: health({ periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: health({ periodSeconds: 5 }),
    volumeMounts: mounts(),
  });
}

function mounts() {
  return ["admin", "database", "object-store", "users", "session"].map((name) => ({
    name,
    mountPath: `/run/secrets/${name}`,
    readOnly: true,
  }));
}

function environment(
  name: string,
  namespace: PlatformNamespace,
  args: MlflowArgs,
  hosts: string[],
) {
  const { database, objectStore } = args;
  return Object.entries({
    PORT: String(PORT),
    PGHOST: database.mlflow.host,
    PGPORT: String(database.mlflow.port),
    PGDATABASE: database.mlflow.database,
    PGUSER: database.mlflow.credentials.username,
    PGSSLMODE: database.mlflow.sslMode,
    PGPASSWORD_FILE: "/run/secrets/database/password",
    AWS_ACCESS_KEY_ID_FILE: "/run/secrets/object-store/username",
    AWS_SECRET_ACCESS_KEY_FILE: "/run/secrets/object-store/password",
    AWS_DEFAULT_REGION: objectStore.mlflow.region,
    MLFLOW_S3_ENDPOINT_URL: objectStore.mlflow.endpoint,
    // SQLAlchemy takes the driver from the scheme, libpq everything else from the variables above.
    MLFLOW_BACKEND_STORE_URI: "postgresql+psycopg://",
    MLFLOW_AUTH_ADMIN_USERNAME: "admin",
    MLFLOW_AUTH_ADMIN_PASSWORD_FILE: "/run/secrets/admin/password",
    MLFLOW_FLASK_SERVER_SECRET_KEY_FILE: "/run/secrets/session/key",
    USERS_DIR: "/run/secrets/users",
    MLFLOW_SERVER_ALLOWED_HOSTS: allowedHosts(name, namespace.plainName, hosts).join(","),
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
  }).map(([key, value]) => ({ name: key, value }));
}

/**
 * MLflow compares the Host header as a whole, so each name is listed with and without its port
 * (mlflow #22095).
 */
function allowedHosts(name: string, namespace: string, hosts: string[]): string[] {
  const service = [
    name,
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    `${name}.${namespace}.svc.cluster.local`,
  ];
  const local = ["localhost", "127.0.0.1"];
  return [...[...service, ...local].flatMap((host) => [host, `${host}:${PORT}`]), ...hosts];
}
