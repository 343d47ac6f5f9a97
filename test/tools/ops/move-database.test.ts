import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { type Connection, filesOf } from "../../../tools/ops/move/places.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { NO_POSTGRES, PostgresServer } from "../../support/postgres.ts";

const SCRIPT = join(ROOT, "tools/ops/move/database.sh");
const PASSWORD = 'it\'s #1 = "hard"';

/** What MLflow's own schema has, in small: keys, sequences, floats, bytes, names that need quotes. */
const SCHEMA = `
  CREATE TABLE runs (id serial PRIMARY KEY, name varchar(40), at timestamptz DEFAULT now());
  CREATE TABLE "model Versions" (run int REFERENCES runs, score float8, data bytea, PRIMARY KEY (run, score));
  CREATE INDEX ON runs (name);
  CREATE TABLE empty (id int);
  INSERT INTO runs (name) VALUES ('first'), (E'tab\\there, | and ''quote'''), (NULL), ('ünï');
  INSERT INTO "model Versions" SELECT 1, random(), decode(md5(n::text), 'hex') FROM generate_series(1, 500) n;
  INSERT INTO "model Versions" VALUES (2, 'NaN', '\\x00'), (3, 1e-300, NULL);`;

describe(`npm run move -- database, between real servers${NO_POSTGRES}`, function () {
  this.timeout(120_000);
  let server: PostgresServer;
  const undo: (() => Promise<void>)[] = [];

  before(async function () {
    if (NO_POSTGRES) this.skip();
    server = await PostgresServer.start();
    undo.push(() => server.stop());
    mkdirSync(join(server.folder, "work"));
    let error: unknown = "not yet";
    for (let tries = 0; error !== undefined && tries < 100; tries++) {
      await execa("sleep", ["0.2"]);
      error = await sql("postgres", "SELECT 1").then(
        () => undefined,
        (reason: unknown) => reason,
      );
    }
    assert.equal(error, undefined);
  });
  after(async () => {
    for (const step of undo) await step();
  });
  beforeEach(async () => {
    for (const place of ["source", "target"]) {
      await sql("postgres", `DROP DATABASE IF EXISTS ${place}`);
      await sql("postgres", `DROP ROLE IF EXISTS ${place}`);
      const quoted = PASSWORD.replaceAll("'", "''");
      await sql("postgres", `CREATE ROLE ${place} LOGIN PASSWORD '${quoted}'`);
      await sql("postgres", `CREATE DATABASE ${place} OWNER ${place}`);
    }
    execFileSync("psql", ["-qX", "-U", "source", "-d", "source", "-v", "ON_ERROR_STOP=1"], {
      env: server.env,
      input: SCHEMA,
    });
  });

  async function sql(database: string, text: string, user = "postgres"): Promise<string> {
    const args = ["-qXAt", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-c", text];
    return (await execa("psql", args, { env: server.env })).stdout;
  }

  const place = (name: string, password = PASSWORD): Connection => ({
    ...{ address: name, bucket: "", secret: "", port: 0, username: name, password, authority: "" },
    variables: {
      PGHOST: "127.0.0.1",
      PGPORT: server.port,
      PGDATABASE: name,
      PGSSLMODE: "prefer",
    },
  });

  /** Runs what the Job runs, with what it is given. */
  async function move(more: Record<string, string> = {}, target = place("target")) {
    const files = filesOf("database", { source: place("source"), target });
    const PGSERVICEFILE = join(server.folder, "services.conf");
    writeFileSync(PGSERVICEFILE, files["services.conf"] ?? "");
    const { PATH } = server.env;
    const SCRIPTS = join(ROOT, "components/files");
    const env = { PATH, PGSERVICEFILE, SCRIPTS, WORK: join(server.folder, "work"), ...more };
    const run = await execa("bash", [SCRIPT], {
      ...{ env, extendEnv: false, reject: false, all: true },
    });
    assert.ok(!run.all.includes(PASSWORD));
    return { code: run.exitCode, said: run.all };
  }
  const contents = (database: string) =>
    execFileSync("pg_dump", ["-U", "postgres", "--no-owner", database], {
      env: server.env,
      encoding: "utf8",
    }).replaceAll(/^\\(un)?restrict .*$/gm, "");

  it("copies everything into an empty database, and says how much", async () => {
    const before = contents("source");
    const { code, said } = await move();
    assert.equal(code, 0, said);
    assert.match(said, /alike: 3 tables, 506 rows$/);
    assert.equal(contents("target"), before);
    assert.equal(contents("source"), before);
    const owner = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
    assert.equal(await sql("target", owner), "target");
    // A sequence that began anew would give an id a second time.
    const insert = "INSERT INTO runs (name) VALUES ('next') RETURNING id";
    assert.equal(await sql("target", insert, "target"), "5");
  });

  it("finds what it has copied already, and copies nothing", async () => {
    await move();
    const { code, said } = await move();
    assert.equal(code, 0, said);
    assert.match(said, /the target has the same already[^]*alike: 3 tables/);
  });

  it("leaves other data at the target alone until it is told otherwise", async () => {
    await sql("target", "CREATE TABLE runs (id int); INSERT INTO runs VALUES (7)", "target");
    const before = contents("target");
    const { code, said } = await move();
    assert.equal(code, 3);
    assert.match(said, /has tables already.*:\n {2}public\.runs: 1 rows$/);
    assert.equal(contents("target"), before);

    const again = await move({ OVERWRITE: "yes" });
    assert.equal(again.code, 0, again.said);
    assert.equal(contents("target"), contents("source"));
  });

  it("does not call alike what differs in one value, one row, one table or one sequence", async () => {
    const changes: [string, RegExp][] = [
      [`UPDATE public.runs SET name = 'First' WHERE id = 1`, /> table public\.runs 4 /],
      [`DELETE FROM public."model Versions" WHERE run = 3`, /> table public\.model Versions 501 /],
      ["CREATE TABLE public.more (id int)", /> table public\.more 0 0/],
      ["SELECT setval('public.runs_id_seq', 3)", /> sequence public\.runs_id_seq 3 t/],
    ];
    for (const [change, expected] of changes) {
      assert.match(await compared(change), expected);
      await sql("target", "DROP TABLE IF EXISTS more, empty", "target");
    }
  });

  /** What the comparison says where the copy itself is spoilt: by a psql that writes one thing more. */
  async function compared(change: string): Promise<string> {
    const spoilt = join(server.folder, "spoilt");
    mkdirSync(spoilt, { recursive: true });
    const real = execFileSync("sh", ["-c", "command -v psql"], {
      env: server.env,
      encoding: "utf8",
    }).trim();
    const quoted = change.replaceAll("'", String.raw`'\''`);
    const script = `#!/bin/sh
case "$*" in *--single-transaction*) (cat; echo; printf '%s;' '${quoted}') | exec ${real} "$@";; esac
exec ${real} "$@"
`;
    writeFileSync(join(spoilt, "psql"), script, { mode: 0o755 });
    const PATH = `${spoilt}:${server.env["PATH"] ?? ""}`;
    const { code, said } = await move({ OVERWRITE: "yes", PATH });
    assert.equal(code, 5, `${change}: ${said}`);
    assert.doesNotMatch(said, /^alike/m);
    return said;
  }

  it("leaves nothing half done where the target refuses a part", async () => {
    await sql("target", "REVOKE ALL ON SCHEMA public FROM PUBLIC, target");
    await sql("target", "ALTER SCHEMA public OWNER TO postgres");
    const before = contents("target");
    const { code, said } = await move();
    assert.notEqual(code, 0);
    assert.match(said, /permission denied for schema public/);
    assert.doesNotMatch(said, /alike|differ/);
    assert.equal(contents("target"), before);
  });

  it("says which place it cannot reach, and why", async () => {
    const { code, said } = await move({ TRIES: "1" }, place("target", "wrong"));
    assert.equal(code, 4);
    assert.match(
      said,
      /the target cannot be reached: .*password authentication failed for user "target"/,
    );
  });

  it("takes no empty database for MLflow's", async () => {
    await sql("source", `DROP TABLE "model Versions", runs, empty`);
    const { code, said } = await move();
    assert.equal(code, 2);
    assert.match(said, /the source has no tables/);
  });
});
