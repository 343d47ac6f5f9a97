import * as pulumi from "@pulumi/pulumi";
import { loginVolume } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { ACCOUNT, PASSWORD_FILE, libpqUri } from "./lib/libpq.ts";
import type { Access, ServiceReference } from "./lib/network.ts";
import { environment, upOrDown } from "./lib/pod.ts";
import { NOBODY } from "./lib/prometheus-program.ts";
import type { WatchedDatabase } from "./postgres.ts";
import { FIXED_RESOURCES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

export interface PostgresExporterArgs {
  /** Where it runs. */
  namespace: Environment;
  /** The official image, by exact version. */
  image: string;
  /** The server, and the account that asks it. */
  database: WatchedDatabase;
}

/**
 * Tells Prometheus of Postgres. In a pod of its own, so that a stack's monitoring comes and goes without a restart of the
 * database.
 */
export class PostgresExporter extends pulumi.ComponentResource {
  /** Access through the network policies, for Prometheus. */
  readonly access: Access;
  /** Where it is found. */
  readonly service: ServiceReference;

  constructor(name: string, args: PostgresExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:PostgresExporter", name, {}, opts);
    const { namespace, image, database } = args;
    const { access, service } = new Workload(
      name,
      {
        namespace,
        component: "monitoring",
        image,
        uid: NOBODY,
        port: { number: PORTS.postgresExporter },
        server: server(database),
        volumes: [loginVolume("database", database.credentials)],
        reads: [database.credentials],
        reaches: [database.access],
      },
      this,
    );
    this.access = access;
    this.service = service;
    this.registerOutputs({});
  }
}

/**
 * Databases of the clouds' own, which let nobody else connect: asked for the size of one, the exporter would tell none (RDS and Aurora, Cloud SQL, Azure).
 */
const CLOSED = ["rdsadmin", "cloudsqladmin", "azure_maintenance"];

/** What is left out where an account is no member of `pg_monitor`: it may not list the files of the log. */
const UNPRIVILEGED = {
  args: ["--no-collector.wal"],
  env: { PG_EXPORTER_EXCLUDE_DATABASES: CLOSED.join(",") },
};

/** The page at `/` asks the database nothing: a probe of `/metrics` would count as a client of it. */
function server(database: WatchedDatabase) {
  const { args, env } = database.kind === "bundled" ? {} : UNPRIVILEGED;
  return {
    name: "postgres-exporter",
    ...(args && { args }),
    env: environment({
      DATA_SOURCE_URI: libpqUri(database),
      DATA_SOURCE_USER: database.credentials.username,
      DATA_SOURCE_PASS_FILE: PASSWORD_FILE,
      ...env,
    }),
    ...upOrDown("/", { periodSeconds: 1, failureThreshold: 60 }),
    resources: FIXED_RESOURCES.postgresExporter,
    volumeMounts: [ACCOUNT],
  };
}
