import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { defaults } from "./config/defaults.ts";
import { Credentials, loginIn, loginVolume, passwords } from "./credentials.ts";
import type { ExposedService } from "./endpoint.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import { libpqVariables } from "./lib/libpq.ts";
import type { Access } from "./lib/network.ts";
import { type PeopleLogin, acceptedTokens } from "./people-login.ts";
import { fixedName, generatedValue } from "./lib/options.ts";
import { type Resources, environment, httpProbe, readOnly } from "./lib/pod.ts";
import type { BucketClient, ObjectStore } from "./object-store.ts";
import { type Leads, accessOutside, serverOf } from "./outside.ts";
import type { DatabaseClient, Postgres } from "./postgres.ts";
import { PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const COMPONENT = "tracking";
const PORT = PORTS.mlflow;
const UID = 10001;
/** Answers 200 without a login. */
export const MLFLOW_HEALTH = "/health";

export interface MlflowArgs {
  /** Where the server runs. */
  namespace: Namespace;
  /** MLflow with the drivers for Postgres and S3. */
  image: ImageInput;
  /** Where runs, models and users are kept: our own component, or a database that is there. */
  database: Postgres | DatabaseConnection;
  /** Where artifacts are kept, which clients reach through MLflow alone: our own component, or a bucket that is there. */
  objectStore: ObjectStore | BucketConnection;
  /** Hosts under which people reach the server, beside the Service's own names. @default none */
  hosts?: string[];
  /** People's own provider, whose tokens are taken beside the accounts. @default none is */
  login?: PeopleLogin | undefined;
  /** CPU and memory of the server. @default those of the configuration */
  resources?: Resources;
}

/** A Postgres database that is there. */
export interface DatabaseConnection extends Leads {
  host: pulumi.Input<string>;
  /**
   * Name of a Secret in the namespace, with the keys `username` and `password` of the database's owner; and `ca.crt`, where
   * `sslMode` asks for the server's certificate.
   */
  secret: pulumi.Input<string>;
  /** @default 5432 */
  port?: number;
  /** Name of the database. @default `mlflow` */
  name?: pulumi.Input<string>;
  /** libpq's `sslmode`. @default `require` */
  sslMode?: string;
}

/** A bucket that is there. */
export interface BucketConnection extends Leads {
  /** Address of the S3 service, e.g. `https://s3.eu-west-3.amazonaws.com`. */
  endpoint: string;
  bucket: pulumi.Input<string>;
  /** Name of a Secret in the namespace: key `username` is the access key, `password` its secret key. */
  secret: pulumi.Input<string>;
  /** @default `us-east-1` */
  region?: string;
}

/**
 * Tracking server and model registry, behind a password; the only one that holds keys to the store.
 */
export class Mlflow extends pulumi.ComponentResource {
  /** In-cluster URL, e.g. `http://mlflow.slipway-dev:5000`. */
  readonly url: pulumi.Output<string>;
  /** The account for people; may do everything. */
  readonly admin: Credentials;
  /** The account of training Jobs: logs runs, registers models, moves aliases. */
  readonly training: Credentials;
  /** The account of the prediction APIs: reads models, and may do nothing else (images/mlflow/bin/slipway_access.py). */
  readonly serving: Credentials;
  /** Access to the server through the network policies. */
  readonly access: Access;
  /** What an endpoint leads to. */
  readonly service: ExposedService;

  constructor(name: string, args: MlflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:tracking:Mlflow", name, {}, opts);
    const { hosts = [], login, resources = defaults.resources.mlflow } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const image = imageReference(args.image, this);
    const database = databaseOf(args.database, this);
    const store = storeOf(args.objectStore, this);
    const account = (username: string) =>
      new Credentials(`${name}-${username}`, { namespace, of: name, username }, { parent: this });
    this.admin = account("admin");
    this.training = account("training");
    this.serving = account("serving");
    const session = this.#session(name, namespace, image.tag);

    const common = {
      env: environment({
        ...settings(name, namespace, database.client, store.client, hosts),
        ...(login && { SLIPWAY_LOGIN: acceptedTokens(login.settings) }),
      }),
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
        server: { ...server(store.client), ...common },
        tmp: "1Gi",
        volumes: [
          loginVolume("admin", this.admin),
          loginVolume("database", database.client.credentials),
          loginVolume("object-store", store.client.credentials),
          passwords("users", [this.training, this.serving]),
          { name: "session", secret: { secretName: session } },
        ],
        reads: [
          ...[this.admin, this.training, this.serving],
          ...[database.client.credentials, store.client.credentials],
        ],
        reaches: [database.access, store.access, ...(login ? [login.provider] : [])],
        dependsOn: [...database.dependsOn, ...store.dependsOn],
        // An old server must not write while the new one changes the schema.
        strategy: { type: "Recreate" },
      },
      this,
    );
    this.access = access;
    this.service = { ...service, health: MLFLOW_HEALTH };
    this.url = url;
    this.registerOutputs({ url: this.url });
  }

  /** Name of the Secret with the key that signs sessions: all replicas must have the same. */
  #session(name: string, namespace: Environment, version: string): pulumi.Output<string> {
    const child = fixedName(this);
    const key = new random.RandomPassword(
      `${name}-session`,
      { length: 48, special: false },
      generatedValue(this),
    );
    const metadata = { ...namespace.metadata(name, COMPONENT, version), name: `${name}-session` };
    const secret = { metadata, stringData: { key: key.result } };
    return new k8s.core.v1.Secret(`${name}-session`, secret, child).metadata.name;
  }
}

const MOUNTS = ["admin", "database", "object-store", "users", "session"];

/** A server that MLflow is a client of. */
interface Reached<Client> {
  client: Client;
  access: Access;
  dependsOn: pulumi.Resource[];
}

function databaseOf(
  database: Postgres | DatabaseConnection,
  owner: pulumi.Resource,
): Reached<DatabaseClient> {
  if ("mlflow" in database) {
    return { client: database.mlflow, access: database.access, dependsOn: [database] };
  }
  const { host, secret, port = PORTS.postgres, name = "mlflow", sslMode = "require" } = database;
  const client = { host, port, database: name, sslMode, credentials: loginIn(secret) };
  return {
    client,
    access: accessOutside({ ...database, port }, "database.addresses", owner),
    dependsOn: [],
  };
}

function storeOf(
  store: ObjectStore | BucketConnection,
  owner: pulumi.Resource,
): Reached<BucketClient> {
  if ("mlflow" in store) {
    return { client: store.mlflow, access: store.access, dependsOn: [store] };
  }
  const { endpoint, bucket, secret, region = "us-east-1" } = store;
  const client = { endpoint, bucket, region, credentials: loginIn(secret) };
  return {
    client,
    access: accessOutside(serverOf(endpoint, store), "objectStore.addresses", owner),
    dependsOn: [],
  };
}

/** MLflow refuses to start on an older schema, and reads the admin's password only once. */
const upgrade = { name: "upgrade", command: ["mlflow-upgrade"] };

function server({ bucket }: BucketClient) {
  const health = (timing: object) => httpProbe(MLFLOW_HEALTH, { timeoutSeconds: 5, ...timing });
  return {
    name: "mlflow",
    args: [
      "--serve-artifacts",
      "--artifacts-destination",
      pulumi.interpolate`s3://${bucket}/artifacts`,
    ],
    startupProbe: health({ periodSeconds: 2, failureThreshold: 90 }),
    livenessProbe: health({ periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: health({ periodSeconds: 5 }),
  };
}

function settings(
  name: string,
  namespace: Environment,
  database: DatabaseClient,
  store: BucketClient,
  hosts: string[],
) {
  return {
    PORT: String(PORT),
    ...libpqVariables(database),
    AWS_ACCESS_KEY_ID_FILE: "/run/secrets/object-store/username",
    AWS_SECRET_ACCESS_KEY_FILE: "/run/secrets/object-store/password",
    AWS_DEFAULT_REGION: store.region,
    MLFLOW_S3_ENDPOINT_URL: store.endpoint,
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
