import { AUTHORITY } from "../credentials.ts";
import type { DatabaseClient } from "../postgres.ts";
import { verifies } from "./pem.ts";
import type { Variable } from "./pod.ts";

const MOUNTED = "/run/secrets/database";

/**
 * libpq's variables for a database (postgresql.org/docs/current/libpq-envars.html). The password is the file that the scripts of our images
 * read, of the account's Secret mounted at `/run/secrets/database`; the certificates that the server must have or be signed by lie beside it.
 */
export function libpqVariables(database: DatabaseClient): Record<string, Variable> {
  return {
    PGHOST: database.host,
    PGPORT: String(database.port),
    PGDATABASE: database.database,
    PGUSER: database.credentials.username,
    PGSSLMODE: database.sslMode,
    ...(verifies(database.sslMode) && { PGSSLROOTCERT: `${MOUNTED}/${AUTHORITY}` }),
    PGPASSWORD_FILE: `${MOUNTED}/password`,
  };
}
