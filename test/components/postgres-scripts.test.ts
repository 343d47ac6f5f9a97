import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FILES = join(import.meta.dirname, "..", "..", "components", "files");
/** Postgres refuses to run as root; `nobody` does as well as any. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Debian keeps the server's programs out of the PATH, one folder a version. */
function serverPrograms(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const folders = existsSync(debian)
    ? readdirSync(debian).map((version) => join(debian, version, "bin"))
    : [];
  return [...folders, ...(process.env["PATH"] ?? "").split(":")].find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  assert.ok(typeof address === "object" && address);
  return address.port;
}

const programs = serverPrograms();
const reason = programs === undefined ? " (skipped: no PostgreSQL server on this machine)" : "";

describe(`postgres-roles.sh against a real server${reason}`, () => {
  let folder: string;
  let server: ChildProcess | undefined;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    if (programs === undefined) this.skip();
    folder = mkdtempSync(join(tmpdir(), "slipway-postgres-"));
    chmodSync(folder, 0o755);
    const data = join(folder, "data");
    for (const path of [
      data,
      join(folder, "socket"),
      join(folder, "secrets/admin"),
      join(folder, "secrets/clients"),
    ]) {
      mkdirSync(path, { recursive: true });
      if (NOBODY.uid !== undefined) chownSync(path, NOBODY.uid, NOBODY.gid);
    }
    const port = String(await freePort());
    const path = `${programs}:${process.env["PATH"] ?? ""}`;
    env = {
      PATH: path,
      PGHOST: join(folder, "socket"),
      PGPORT: port,
      SECRETS: join(folder, "secrets"),
      LC_ALL: "C",
    };
    execFileSync(
      join(programs, "initdb"),
      [
        "-D",
        data,
        "-U",
        "postgres",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--no-sync",
      ],
      { ...NOBODY, env, cwd: folder, stdio: "ignore" },
    );
    server = spawn(
      join(programs, "postgres"),
      ["-D", data, "-k", join(folder, "socket"), "-p", port, "-h", "127.0.0.1", "-F"],
      {
        ...NOBODY,
        env,
        cwd: folder,
        stdio: "ignore",
      },
    );
  });

  after(async () => {
    if (server?.exitCode === null) {
      server.kill("SIGINT");
      await once(server, "exit");
    }
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const run = (passwords: Record<string, string>, admin = "admin-one") => {
    writeFileSync(join(folder, "secrets/admin/password"), admin);
    for (const [name, password] of Object.entries(passwords))
      writeFileSync(join(folder, "secrets/clients", name), password);
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

  it("takes a password and a name with quotes as they are", () => {
    run({ "o'neil": `it's a "test"` });
    assert.equal(query("o'neil", `it's a "test"`, "o'neil", "SELECT 1"), "1");
  });
});
