import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NO_POSTGRES, PostgresServer } from "../support/postgres.ts";

const FILES = join(import.meta.dirname, "..", "..", "components", "files");

describe(`postgres-roles.sh against a real server${NO_POSTGRES}`, () => {
  let server: PostgresServer | undefined;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    if (NO_POSTGRES) this.skip();
    server = await PostgresServer.start();
    folder = server.folder;
    env = { ...server.env, SECRETS: join(folder, "secrets") };
    for (const kind of ["admin", "clients", "monitors"])
      mkdirSync(join(folder, "secrets", kind), { recursive: true });
  });

  after(() => server?.stop());

  const run = (passwords: Record<string, string>, admin = "admin-one") => {
    writeFileSync(join(folder, "secrets/admin/password"), admin);
    for (const [name, password] of Object.entries(passwords))
      writeFileSync(join(folder, "secrets/clients", name), password);
    writeFileSync(join(folder, "secrets/monitors/monitor"), "figures");
    execFileSync("sh", [join(FILES, "postgres-roles.sh")], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
  };
  const query = (user: string, password: string, database: string, sql: string) =>
    execFileSync("psql", ["-h", "127.0.0.1", "-U", user, "-d", database, "-Atc", sql], {
      env: { ...env, PGPASSWORD: password },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();

  it("gives a client its own database, in which it may do everything", () => {
    run({ mlflow: "one" });
    query("mlflow", "one", "mlflow", "CREATE TABLE runs (id int)");
    assert.equal(query("mlflow", "one", "mlflow", "SELECT current_user"), "mlflow");
  });

  it("keeps data and takes the new password when it runs again", () => {
    run({ mlflow: "two" });
    assert.equal(query("mlflow", "two", "mlflow", "SELECT count(*) FROM runs"), "0");
    assert.throws(
      () => query("mlflow", "one", "mlflow", "SELECT 1"),
      /password authentication failed/,
    );
  });

  it("adds a client later, who sees nothing of the others", () => {
    run({ backup: "three" });
    assert.equal(query("backup", "three", "backup", "SELECT 1"), "1");
    assert.throws(
      () => query("backup", "three", "mlflow", "SELECT 1"),
      /permission denied for database/,
    );
  });

  it("lets a monitor see the sizes of databases, and nothing in them", () => {
    run({ mlflow: "two" });
    const size = query("monitor", "figures", "postgres", "SELECT pg_database_size('mlflow')");
    assert.ok(Number(size) > 1e6, size);
    assert.throws(
      () => query("monitor", "figures", "mlflow", "SELECT count(*) FROM runs"),
      /permission denied for database/,
    );
  });

  it("renews the superuser's password, and makes no client a superuser", () => {
    run({}, "admin-two");
    assert.equal(
      query(
        "postgres",
        "admin-two",
        "postgres",
        "SELECT rolsuper FROM pg_roles WHERE rolname = 'mlflow'",
      ),
      "f",
    );
    assert.throws(
      () => query("postgres", "admin-one", "postgres", "SELECT 1"),
      /password authentication failed/,
    );
  });

  it("lets an archive receive every change, and holds none back once there is no archive any more", () => {
    const archivers = join(folder, "secrets/archivers");
    const superuser = (sql: string) => query("postgres", "admin", "postgres", sql);
    const may = "SELECT rolcanlogin, rolreplication FROM pg_roles WHERE rolname = 'archive'";
    const slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'wal_archive'";
    mkdirSync(archivers);
    writeFileSync(join(archivers, "archive"), "changes");
    run({}, "admin");
    assert.equal(superuser(may), "t|t");
    const system = execFileSync(
      "psql",
      [
        "-h",
        "127.0.0.1",
        "-U",
        "archive",
        "-At",
        "replication=1 dbname=postgres",
        "-c",
        "IDENTIFY_SYSTEM",
      ],
      { env: { ...env, PGPASSWORD: "changes" }, encoding: "utf8" },
    );
    assert.match(system, /^\d+\|1\|/);
    assert.throws(
      () => query("archive", "changes", "mlflow", "SELECT 1"),
      /permission denied for database/,
    );
    superuser("SELECT pg_create_physical_replication_slot('wal_archive', true)");
    superuser("SELECT pg_create_physical_replication_slot('of_others', true)");
    run({}, "admin");
    assert.equal(superuser(slots), "1");
    rmSync(archivers, { recursive: true });
    run({}, "admin");
    assert.equal(superuser(slots), "0");
    assert.equal(superuser("SELECT slot_name FROM pg_replication_slots"), "of_others");
    assert.equal(superuser(may), "f|f");
  });

  it("takes a password and a name with quotes as they are", () => {
    run({ "o'neil": `it's a "test"` });
    assert.equal(query("o'neil", `it's a "test"`, "o'neil", "SELECT 1"), "1");
  });
});
