import { isIPv6 } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { AUTHORITY } from "../credentials.ts";
import type { DatabaseClient } from "../postgres.ts";
import { verifies } from "./pem.ts";
import { type Variable, readOnly } from "./pod.ts";

/** Where the Secret of a database's account is mounted. */
const MOUNTED = "/run/secrets/database";

/** The password there, for programs that read it themselves. */
export const PASSWORD_FILE = `${MOUNTED}/password`;

/** The certificates that the server must have, or be signed by. */
export const AUTHORITY_FILE = `${MOUNTED}/${AUTHORITY}`;

/** The mount of the volume `database`. */
export const ACCOUNT = readOnly("database", MOUNTED);

/**
 * libpq's variables for a database (postgresql.org/docs/current/libpq-envars.html). The password is the file that the scripts of our images
 * read, of the account's Secret.
 */
export function libpqVariables(database: DatabaseClient): Record<string, Variable> {
  return {
    PGHOST: database.host,
    PGPORT: String(database.port),
    PGDATABASE: database.database,
    PGUSER: database.credentials.username,
    PGSSLMODE: database.sslMode,
    ...(verifies(database.sslMode) && { PGSSLROOTCERT: AUTHORITY_FILE }),
    PGPASSWORD_FILE: PASSWORD_FILE,
  };
}

/** The same as a connection URI without scheme and account (postgresql.org/docs/current/libpq-connect.html, 32.1.1.2). */
export function libpqUri({
  host,
  port,
  database,
  sslMode,
}: Omit<DatabaseClient, "credentials">): pulumi.Output<string> {
  const authority = verifies(sslMode) ? `&sslrootcert=${AUTHORITY_FILE}` : "";
  return pulumi.all([host, database]).apply(([at, name]) => {
    const server = isIPv6(at) ? `[${at}]` : at;
    return `${server}:${port}/${encodeURIComponent(name)}?sslmode=${sslMode}${authority}`;
  });
}
