import * as pulumi from "@pulumi/pulumi";
import { defaults } from "./config/defaults.ts";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { leftBehind } from "./config/stores.ts";
import { Credentials, type Login } from "./credentials.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import { keptServer } from "./kept-server.ts";
import type { Access } from "./lib/network.ts";
import { accessOutside } from "./outside.ts";
import { keptCluster, postgresCluster } from "./postgres-cluster.ts";
import { ADMIN, majorVersion, postgresServer } from "./postgres-server.ts";
import { PORTS } from "./well-known.ts";

export interface PostgresArgs {
  /** Where the database runs, and where its credentials are kept. */
  namespace: Namespace;
  /** Our own server, one of yours, or a cluster of the CloudNativePG operator. @default our own */
  settings?: NonNullable<StackArgs["database"]> | undefined;
  /** The place that its data moved away from, whose volume stays. @default none */
  movedFrom?: StackConfig["movedFrom"]["database"];
  /** The official image, by exact version; its major version names the data's folder. @default that of the configuration */
  image?: string;
}

interface Resolved {
  namespace: Environment;
  settings: StackConfig["database"];
  image: string;
}

/** What a client needs to connect. */
export interface DatabaseClient {
  host: pulumi.Input<string>;
  port: number;
  database: pulumi.Input<string>;
  sslMode: string;
  /** User and password; the user owns its database and sees no other. */
  credentials: Login;
}

/** The relational database: MLflow's runs, models and users. */
export class Postgres extends pulumi.ComponentResource {
  /** MLflow's connection. */
  readonly mlflow: DatabaseClient;
  /** Access to the database through the network policies. */
  readonly access: Access;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:data:Postgres", name, {}, opts);
    const { image = defaults.images.postgres, movedFrom } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const settings = settledPart("database", args.settings, this);
    // Refused before anything is made.
    if (settings.kind === "bundled") majorVersion(image, this);
    const external = settings.kind === "external" ? settings : undefined;

    const kept = leftBehind(movedFrom, settings);
    const account = { username: external?.user ?? "mlflow", password: external?.password };
    const credentials = new Credentials(
      `${name}-mlflow`,
      { namespace, of: name, ...account, spare: kept !== undefined },
      { parent: this },
    );
    const { host, access } = this.#server(name, { namespace, settings, image }, credentials);
    if (kept) this.#keep(name, namespace, kept, credentials);
    this.access = access;
    this.mlflow = {
      host: pulumi.output(host),
      port: external?.port ?? PORTS.postgres,
      database: external?.name ?? "mlflow",
      sslMode: external?.sslMode ?? "prefer",
      credentials,
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

  #server(
    name: string,
    { namespace, settings, image }: Resolved,
    credentials: Credentials,
  ): { host: pulumi.Input<string>; access: Access } {
    switch (settings.kind) {
      case "external":
        return {
          host: settings.host,
          access: accessOutside(settings, "settings.addresses", this),
        };
      case "cloudnative-pg":
        return postgresCluster(name, { namespace, settings, credentials }, this);
      case "bundled":
        return postgresServer(name, { namespace, settings, image, credentials }, this);
    }
  }
}
