import type { DatabaseClient } from "../postgres.ts";
import type { Variable } from "./pod.ts";

/**
 * libpq's variables for a database (postgresql.org/docs/current/libpq-envars.html). The password is the file that the scripts of our images
 * read, of the account's Secret mounted at `/run/secrets/database`.
 */
export function libpqVariables(database: DatabaseClient): Record<string, Variable> {
  return {
    PGHOST: database.host,
    PGPORT: String(database.port),
    PGDATABASE: database.database,
    PGUSER: database.credentials.username,
    PGSSLMODE: database.sslMode,
    PGPASSWORD_FILE: "/run/secrets/database/password",
  };
}
