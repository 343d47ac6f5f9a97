import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { selfSigned } from "../../components/lib/certificate.ts";
import { alertRules } from "../../components/lib/alert-rules.ts";
import { DASHBOARDS } from "../../dashboards/all.ts";
import { runs } from "../../tools/lib/cached-programs.ts";
import { type Described, at, environment, stack } from "../support/evaluation.ts";
import { NOBODY, PostgresServer, postgresPrograms } from "../support/postgres.ts";
import { end, freePort } from "../support/processes.ts";

const EXPORTER = "prometheus-postgres-exporter";
const { certificate: ca, key } = selfSigned("s".repeat(43), ["localhost"]);
const EXTERNAL = {
  ...{ kind: "external", host: "db.example.com", addresses: ["10.20.0.0/16"], port: 6543 },
  password: "p",
};

const exporterOf = (described: Described) => described.object("Deployment", "postgres-exporter");
const argsOf = (described: Described) =>
  at(exporterOf(described), "spec.template.spec.containers.0.args") as string[] | undefined;

describe("PostgresExporter", () => {
  it("asks a server of yours by the account that is given, at its addresses, and leaves out what that may not see", async () => {
    const described = await stack("dev", { database: EXTERNAL });
    assert.deepEqual(environment(exporterOf(described)), {
      DATA_SOURCE_URI: "db.example.com:6543/mlflow?sslmode=require",
      DATA_SOURCE_USER: "mlflow",
      DATA_SOURCE_PASS_FILE: "/run/secrets/database/password",
      PG_EXPORTER_EXCLUDE_DATABASES: "rdsadmin,cloudsqladmin,azure_maintenance",
    });
    assert.deepEqual(argsOf(described), ["--no-collector.wal"]);
    const egress = at(described.object("NetworkPolicy", "postgres-exporter"), "spec.egress.0");
    assert.deepEqual(egress, {
      to: [{ ipBlock: { cidr: "10.20.0.0/16" } }],
      ports: [{ protocol: "TCP", port: 6543 }],
    });
  });

  it("checks its certificate where MLflow does, and takes any name and address of it", async () => {
    const database = { ...EXTERNAL, host: "2001:db8::7", name: "ml flow/1", ca };
    const described = await stack("dev", { database: { ...database, sslMode: "verify-full" } });
    assert.equal(
      environment(exporterOf(described))["DATA_SOURCE_URI"],
      "[2001:db8::7]:6543/ml%20flow%2F1?sslmode=verify-full&sslrootcert=/run/secrets/database/ca.crt",
    );
  });

  it("asks a cluster of CloudNativePG's by MLflow's account, through its own policy", async () => {
    const described = await stack("dev", { database: { kind: "cloudnative-pg" } });
    const exporter = exporterOf(described);
    const { DATA_SOURCE_URI: uri, DATA_SOURCE_USER: user } = environment(exporter);
    assert.deepEqual([uri, user], ["postgres-rw:5432/mlflow?sslmode=require", "mlflow"]);
    assert.deepEqual(argsOf(described), ["--no-collector.wal"]);
    const labels = at(exporter, "spec.template.metadata.labels") as Record<string, string>;
    assert.equal(labels["slipway/access-postgres"], "true");
  });

  it("asks our own for all that there is", async () => {
    assert.equal(argsOf(await stack("dev")), undefined);
  });
});

/** Metrics of Postgres that alerts and dashboards ask for. */
function askedOfPostgres(): string[] {
  const database = { kind: "cloudnative-pg", size: "5Gi" } as const;
  const all = JSON.stringify([alertRules({ apis: [], database }), DASHBOARDS]);
  return [...new Set(all.match(/\bpg_\w+/g))].filter((name) => name !== "pg_monitor");
}

describe("the real exporter, of a real server by an account without privileges", function () {
  this.timeout(120_000);
  if (postgresPrograms() === undefined || !runs(EXPORTER, "--version")) {
    it.skip(
      `cannot be asked: no ${EXPORTER} (Debian: apt install ${EXPORTER}), or no PostgreSQL server`,
    );
    return;
  }
  let server: PostgresServer;
  let exporter: ChildProcess | undefined;
  let told = "";

  before(async () => {
    server = await PostgresServer.start((folder) => {
      const write = (name: string, text: string) => {
        writeFileSync(join(folder, name), text, { mode: 0o440 });
        if (NOBODY.gid !== undefined) chownSync(join(folder, name), 0, NOBODY.gid);
        return join(folder, name);
      };
      return {
        ssl: "on",
        ssl_cert_file: write("tls.crt", ca),
        ssl_key_file: write("tls.key", key),
        hba_file: write("pg_hba.conf", "local all all trust\nhostssl all all all scram-sha-256\n"),
      };
    });
    await server.ready();
    const sql = ["CREATE ROLE mlflow LOGIN PASSWORD 'p/ä'", "CREATE DATABASE mlflow OWNER mlflow"];
    for (const one of sql)
      execFileSync("psql", ["-qX", "-U", "postgres", "-c", one], { env: server.env });
    told = await ask();
  });
  after(async () => {
    if (exporter) await end(exporter);
    await server.stop();
  });

  /** As its container runs it: with TLS, and the password from a file. */
  async function ask(): Promise<string> {
    const own = { host: "localhost", port: Number(server.port), sslMode: "verify-full", ca };
    const described = await stack("dev", { database: { ...EXTERNAL, ...own } });
    const variables = environment(exporterOf(described));
    const mounted = "/run/secrets/database";
    const moved = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        value.replaceAll(mounted, server.folder),
      ]),
    );
    writeFileSync(join(server.folder, "password"), "p/ä");
    writeFileSync(join(server.folder, "ca.crt"), ca);
    const listen = `127.0.0.1:${await freePort()}`;
    // Debian's has no such collector yet, and refuses to leave it out; so does the sandbox's image of it.
    const args = (argsOf(described) ?? []).filter((arg) => arg !== "--no-collector.wal");
    exporter = spawn(EXPORTER, [...args, `--web.listen-address=${listen}`], {
      ...{ env: { PATH: process.env["PATH"], ...moved }, stdio: "ignore" },
    });
    for (let tries = 0; ; tries++) {
      try {
        return await (await fetch(`http://${listen}/metrics`)).text();
      } catch (error) {
        if (tries === 100) throw error;
        await pause(100);
      }
    }
  }

  it("connects by TLS, and none of its collectors fails", () => {
    assert.match(told, /^pg_up 1$/m);
    const collectors = told.match(/^pg_scrape_collector_success\{.*$/gm) ?? [];
    assert.ok(collectors.length > 0);
    for (const line of collectors) assert.match(line, / 1$/);
    assert.match(told, /^pg_exporter_last_scrape_error 0$/m);
  });

  it("tells every metric that alerts and dashboards ask for, with a number", () => {
    const asked = askedOfPostgres();
    assert.ok(asked.includes("pg_database_size_bytes") && asked.length > 5, asked.join());
    for (const name of asked)
      assert.match(told, new RegExp(`^${name}(\\{.*\\})? [\\d.e+-]+$`, "m"), name);
    assert.match(told, /^pg_database_size_bytes\{datname="mlflow".*\} \d/m);
  });
});
