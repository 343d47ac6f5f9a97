import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { Credentials, passwords } from "./credentials.ts";
import type { ExposedService } from "./endpoint.ts";
import type { Image } from "./image.ts";
import type { Access } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, environment, httpProbe, readOnly } from "./lib/pod.ts";
import type { ObjectStore } from "./object-store.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import type { Postgres } from "./postgres.ts";
import { PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const COMPONENT = "tracking";
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
  /** Access to the server through the network policies. */
  readonly access: Access;
  /** What an endpoint leads to. */
  readonly service: ExposedService;

  constructor(name: string, args: MlflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:tracking:Mlflow", name, {}, opts);
    const { namespace, image, database, objectStore, hosts = [], resources } = args;
    const account = (username: string) =>
      new Credentials(`${name}-${username}`, { namespace, of: name, username }, { parent: this });
    this.admin = account("admin");
    this.training = account("training");
    this.serving = account("serving");
    const session = this.#session(name, namespace, image.tag);

    const common = {
      env: environment(settings(name, args, hosts)),
      resources,
      volumeMounts: MOUNTS.map((mount) => readOnly(mount, `/run/secrets/${mount}`)),
    };
    const { url, access, service } = new Workload(
      name,
      {
        namespace,
        component: COMPONENT,
        image,
        uid: UID,
        port: { number: PORT },
        initContainers: [{ ...upgrade, ...common }],
        server: { ...server(objectStore), ...common },
        tmp: "1Gi",
        volumes: [
          this.admin.volume("admin"),
          database.mlflow.credentials.volume("database"),
          objectStore.mlflow.credentials.volume("object-store"),
          passwords("users", [this.training, this.serving]),
          { name: "session", secret: { secretName: session } },
        ],
        reads: [
          ...[this.admin, this.training, this.serving],
          ...[database.mlflow.credentials, objectStore.mlflow.credentials],
        ],
        reaches: [database.access, objectStore.access],
        dependsOn: [database, objectStore],
        // An old server must not write while the new one changes the schema.
        strategy: { type: "Recreate" },
      },
      this,
    );
    this.access = access;
    this.service = { ...service, health: HEALTH };
    this.url = url;
    this.registerOutputs({ url: this.url });
  }

  /** Name of the Secret with the key that signs sessions: all replicas must have the same. */
  #session(name: string, namespace: PlatformNamespace, version: string): pulumi.Output<string> {
    const child = fixedName(this);
    const key = new random.RandomPassword(`${name}-session`, { length: 48, special: false }, child);
    const metadata = { ...namespace.metadata(name, COMPONENT, version), name: `${name}-session` };
    const secret = { metadata, stringData: { key: key.result } };
    return new k8s.core.v1.Secret(`${name}-session`, secret, child).metadata.name;
  }
}

const MOUNTS = ["admin", "database", "object-store", "users", "session"];

/**
 * What a client of MLflow needs: its address and the account, whose files are mounted at {@link
 * ACCOUNT_MOUNT}.
 */
export function clientEnvironment(mlflow: Mlflow, account: Credentials) {
  return {
    MLFLOW_TRACKING_URI: mlflow.url,
    MLFLOW_TRACKING_USERNAME: account.username,
    MLFLOW_TRACKING_PASSWORD_FILE: `${ACCOUNT_MOUNT.mountPath}/password`,
  };
}

/** Where a client finds its account's files; the volume is called `mlflow`. */
export const ACCOUNT_MOUNT = readOnly("mlflow", "/run/secrets/mlflow");

/** MLflow refuses to start on an older schema, and reads the admin's password only once. */
const upgrade = { name: "upgrade", command: ["mlflow-upgrade"] };

function server({ mlflow: { bucket } }: ObjectStore) {
  const health = (timing: object) => httpProbe(HEALTH, { timeoutSeconds: 5, ...timing });
  return {
    name: "mlflow",
    args: ["--serve-artifacts", "--artifacts-destination", `s3://${bucket}/artifacts`],
    startupProbe: health({ periodSeconds: 2, failureThreshold: 90 }),
    livenessProbe: health({ periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: health({ periodSeconds: 5 }),
  };
}

function settings(name: string, { namespace, database, objectStore }: MlflowArgs, hosts: string[]) {
  return {
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
  };
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
