import * as pulumi from "@pulumi/pulumi";
import { defaults } from "./config/defaults.ts";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { leftBehind } from "./config/stores.ts";
import { Credentials, type CredentialsArgs, type Login } from "./credentials.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import { keptServer } from "./kept-server.ts";
import type { Access } from "./lib/network.ts";
import { accessOutside } from "./outside.ts";
import { keptCluster, postgresCluster } from "./postgres-cluster.ts";
import { ADMIN, ARCHIVE, MONITOR, majorVersion, postgresServer } from "./postgres-server.ts";
import { serverCertificate } from "./server-certificate.ts";
import { PORTS } from "./well-known.ts";

export interface PostgresArgs {
  /** Where the database runs, and where its credentials are kept. */
  namespace: Namespace;
  /** Our own server, one of yours, or a cluster of the CloudNativePG operator. @default our own */
  settings?: NonNullable<StackArgs["database"]> | undefined;
  /** Whether our own server lets its changes be kept, for point-in-time recovery. @default false */
  archived?: boolean;
  /** The place that its data moved away from, whose volume stays. @default none */
  movedFrom?: StackConfig["movedFrom"]["database"];
  /** The official image, by exact version; its major version names the data's folder. @default that of the configuration */
  image?: string;
}

interface Resolved {
  namespace: Environment;
  settings: StackConfig["database"];
  image: string;
  archived: boolean;
  /** Makes the account of MLflow's database. */
  login: (account: Partial<CredentialsArgs>) => Credentials;
}

/** A server as MLflow reaches it. */
type Server = Omit<DatabaseClient, "credentials"> & {
  credentials: Credentials;
  access: Access;
  size?: string;
  /** Who watches it, where that is not MLflow's own account. */
  monitor?: DatabaseClient;
  archive?: DatabaseClient;
};

/** What a client needs to connect. */
export interface DatabaseClient {
  host: pulumi.Input<string>;
  port: number;
  database: pulumi.Input<string>;
  sslMode: string;
  /** User and password; the user owns its database and sees no other. */
  credentials: Login;
}

/** A server as monitoring sees it: our own by an account that sees figures and no data, others by MLflow's. */
export interface WatchedDatabase extends DatabaseClient {
  kind: StackConfig["database"]["kind"];
  access: Access;
  /** Size of its volume, e.g. `5Gi`; unknown of a server of yours. */
  size?: string;
}

/** The relational database: MLflow's runs, models and users. */
export class Postgres extends pulumi.ComponentResource {
  /** MLflow's connection. */
  readonly mlflow: DatabaseClient;
  /** Access to the database through the network policies. */
  readonly access: Access;
  /** The server as monitoring sees it. */
  readonly watched: WatchedDatabase;
  /** The account that receives every change of our own server, where it is archived. */
  readonly archive: DatabaseClient | undefined;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:data:Postgres", name, {}, opts);
    const { image = defaults.images.postgres, archived = false, movedFrom } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const settings = settledPart("database", args.settings, this);
    // Refused before anything is made.
    if (settings.kind === "bundled") majorVersion(image, this);
    const kept = leftBehind(movedFrom, settings);
    const login: Resolved["login"] = (account) =>
      new Credentials(
        `${name}-mlflow`,
        { namespace, of: name, username: "mlflow", ...account, spare: kept !== undefined },
        { parent: this },
      );
    const { access, credentials, size, monitor, archive, ...server } = this.#server(name, {
      namespace,
      settings,
      image,
      archived,
      login,
    });
    if (kept) this.#keep(name, namespace, kept, credentials);
    this.access = access;
    this.archive = archive;
    this.mlflow = { ...server, host: pulumi.output(server.host), credentials };
    const { kind } = settings;
    this.watched = {
      ...(monitor ?? this.mlflow),
      kind,
      access,
      ...(size !== undefined && { size }),
    };
    this.registerOutputs({ host: this.mlflow.host });
  }

  /** Leaves what data moved away from as it is, but for its pods. */
  #keep(
    name: string,
    namespace: Environment,
    settings: NonNullable<PostgresArgs["movedFrom"]>,
    credentials: Credentials,
  ): void {
    if (settings.kind === "cloudnative-pg") {
      keptCluster(name, { namespace, settings, credentials }, this);
    } else keptServer(name, { namespace, settings, username: ADMIN }, this);
  }

  #server(name: string, { namespace, settings, image, archived, login }: Resolved): Server {
    const ours = { port: PORTS.postgres, database: "mlflow" };
    switch (settings.kind) {
      case "external": {
        const { host, port, name: database, user: username, password, sslMode } = settings;
        const credentials = login({ username, password, authority: settings.ca });
        const access = accessOutside(settings, "settings.addresses", this);
        return { host, port, database, sslMode, credentials, access };
      }
      case "cloudnative-pg": {
        const credentials = login({});
        const server = postgresCluster(name, { namespace, settings, credentials }, this);
        return { ...ours, ...server, sslMode: "require", credentials, size: settings.size };
      }
      case "bundled": {
        const certificate = serverCertificate(name, { namespace, component: "database" }, this);
        const credentials = login({ authority: certificate.authority });
        const { authority } = certificate;
        const role = (username: string) =>
          new Credentials(
            `${name}-${username}`,
            // The server gives the role whatever password there is at its start.
            { namespace, of: name, username, authority, keep: false },
            { parent: this },
          );
        const monitor = role(MONITOR);
        const archiver = archived ? role(ARCHIVE) : undefined;
        const accounts = { credentials, monitor, archiver };
        const args = { namespace, settings, image, ...accounts, certificate };
        const server = { ...postgresServer(name, args, this), sslMode: "verify-full" };
        const { size } = settings;
        const account = { ...server, port: PORTS.postgres, database: ADMIN };
        return {
          ...{ ...ours, ...server, credentials },
          size,
          monitor: { ...account, credentials: monitor },
          ...(archiver && { archive: { ...account, credentials: archiver } }),
        };
      }
    }
  }
}
