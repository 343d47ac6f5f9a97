import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { installed } from "../../tools/lib/installed.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { NO_PYTHON, PYTHON, scriptPath } from "../support/boto3.ts";
import { PlayedS3 } from "../support/played-s3.ts";
import { NO_POSTGRES, PostgresServer } from "../support/postgres.ts";

const FILES = join(ROOT, "components/files");
const NO_RESTIC = installed("restic") ? "" : " (skipped: no restic on the PATH)";
const SKIPPED = NO_POSTGRES || NO_RESTIC || NO_PYTHON;

describe(`a backup and its way back, with a real Postgres and restic${SKIPPED}`, () => {
  let server: PostgresServer;
  let s3: PlayedS3;
  let endpoint: string;
  let folder: string;

  before(async function () {
    if (SKIPPED) this.skip();
    server = await PostgresServer.start();
    folder = join(server.folder, "backup");
    s3 = new PlayedS3("mlflow", "key");
    endpoint = await s3.start();
    mkdirSync(join(folder, "secret"), { recursive: true });
    writeFileSync(join(folder, "secret/username"), "key");
    writeFileSync(join(folder, "secret/password"), "secret-key");
    writeFileSync(join(folder, "password"), "only-we-know");
    writeFileSync(join(folder, "database"), "only-mlflow");
    await server.ready();
  });
  after(async () => {
    s3.stop();
    await server.stop();
  });

  const sql = async (text: string, user = "mlflow") => {
    const args = ["-qXAt", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", user, "-c", text];
    return (await execa("psql", args, { env: server.env })).stdout;
  };
  beforeEach(async () => {
    for (const text of [
      "DROP DATABASE IF EXISTS mlflow",
      "DROP ROLE IF EXISTS mlflow",
      "CREATE ROLE mlflow LOGIN PASSWORD 'only-mlflow'",
      "CREATE DATABASE mlflow OWNER mlflow",
    ])
      await sql(text, "postgres");
    await sql(
      "CREATE TABLE registered_models (name text PRIMARY KEY, note text); INSERT INTO registered_models VALUES ('iris', E'a\\nb'), ('diabetes', NULL);" +
        "CREATE TYPE stage AS ENUM ('new', 'old'); CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';" +
        "CREATE TABLE runs (id serial PRIMARY KEY, loss float8, stage stage); CREATE VIEW seen AS SELECT * FROM runs; CREATE TRIGGER kept BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION keep();" +
        " INSERT INTO runs (loss) SELECT random() FROM generate_series(1, 500)",
    );
    s3.objects.clear();
    s3.put("artifacts/1/model.onnx", "onnx");
    s3.put("artifacts/1/MLmodel", "flavors: {}", { "content-type": "text/plain" });
    s3.put("other/key", "not MLflow's");
    for (const name of ["copy", "repository", "restored", "old", "cache"])
      rmSync(join(folder, name), { recursive: true, force: true });
  });

  /** Runs one step as its pod does. */
  async function step(file: string, way: string, more: Record<string, string> = {}) {
    const program = { sh: "bash", py: PYTHON }[file.split(".")[1] ?? ""] ?? "sh";
    const env = {
      ...{ PATH: server.env["PATH"] ?? "", TMPDIR: server.folder, HOME: server.folder, TRIES: "1" },
      ...{ PGHOST: "127.0.0.1", PGPORT: server.port, PGUSER: "mlflow", PGDATABASE: "mlflow" },
      PGPASSWORD_FILE: join(folder, "database"),
      ...{ MLFLOW_S3_ENDPOINT_URL: endpoint, BUCKET: "mlflow", AWS_DEFAULT_REGION: "us-east-1" },
      ...{ OBJECT_STORE_SECRET: join(folder, "secret"), NO_PROXY: "127.0.0.1" },
      PYTHONPATH: scriptPath(),
      ...{ RESTIC_REPOSITORY: join(folder, "repository"), STACK: "slipway-dev" },
      ...{ RESTIC_PASSWORD_FILE: join(folder, "password"), KEEP: "--keep-last 2" },
      ...{ RESTIC_CACHE_DIR: join(folder, "cache"), WORK: server.folder },
      ...{ COPY: join(folder, "copy"), RESTORED: join(folder, "restored"), ...more },
    };
    const options = { env, extendEnv: false, reject: false, all: true } as const;
    const { exitCode, all } = await execa(program, [join(FILES, file), way], options);
    assert.doesNotMatch(all, /secret-key|only-we-know|only-mlflow/);
    return { code: exitCode, said: all };
  }
  async function done(file: string, way: string, more = {}): Promise<string> {
    const { code, said } = await step(file, way, more);
    assert.equal(code, 0, said);
    return said;
  }
  async function copy(): Promise<string> {
    const dumped = await done("backup-database.sh", "dump");
    return `${dumped}\n${await done("backup-artifacts.py", "mirror")}`;
  }
  async function backUp(): Promise<string> {
    return `${await copy()}\n${await done("backup-repository.sh", "store")}`;
  }
  async function restore(more = {}): Promise<string> {
    const COPY = join(folder, "restored");
    const parts = [
      await done("backup-repository.sh", "fetch", more),
      await done("backup-artifacts.py", "upload", { COPY }),
      await done("backup-database.sh", "load", { COPY, OLD: join(folder, "old") }),
    ];
    return parts.join("\n");
  }
  const rows = () => sql("SELECT count(*), sum(loss) FROM runs");

  it("brings back every row and object, after all of them were lost", async () => {
    const before = await rows();
    assert.match(
      await backUp(),
      /database: 2 tables, 502 rows\nartifacts: 2 objects, 15 bytes, 2 of them new/,
    );
    await sql("DROP TABLE runs, registered_models CASCADE");
    s3.objects.clear();
    assert.match(
      await restore(),
      /artifacts: 2 objects, 2 of them sent, alike\ndatabase: 2 tables, 502 rows, alike/,
    );
    assert.equal(await rows(), before);
    assert.equal(await sql("SELECT note FROM registered_models WHERE name = 'iris'"), "a\nb");
    assert.equal(await sql("INSERT INTO runs (loss) VALUES (1) RETURNING id"), "501");
    assert.equal(s3.texts()["artifacts/1/model.onnx"], "onnx");
  });

  it("takes what is new alone, and leaves out what is not MLflow's", async () => {
    await backUp();
    s3.put("artifacts/2/model.onnx", "another");
    const said = await backUp();
    assert.match(said, /artifacts: 3 objects, 22 bytes, 1 of them new/);
    const kept = readdirSync(join(folder, "copy"));
    assert.deepEqual(kept.sort(), ["artifacts", "database"]);
  });

  it("mirrors an object that was written anew with as many bytes, and one that is gone", async () => {
    await copy();
    s3.put("artifacts/1/model.onnx", "ONNX");
    const changed = s3.objects.get("artifacts/1/model.onnx");
    assert(changed);
    changed.changed = new Date(Date.now() + 5000);
    s3.objects.delete("artifacts/1/MLmodel");
    await done("backup-artifacts.py", "mirror");
    assert.equal(readFileSync(join(folder, "copy/artifacts/1/model.onnx"), "utf8"), "ONNX");
    assert.deepEqual(readdirSync(join(folder, "copy/artifacts/1")), ["model.onnx"]);
  });

  it("keeps what the database held before a restore, and leaves newer objects alone", async () => {
    await backUp();
    await sql("DELETE FROM runs WHERE id <= 400; CREATE TABLE of_a_later_version (id int)");
    s3.put("artifacts/3/new", "new");
    const said = await restore();
    assert.match(said, /what the database held is kept in .*old: 3 tables, 102 rows/);
    assert.match(said, /1 other objects of the bucket were left alone/);
    assert.equal(await sql("SELECT to_regclass('of_a_later_version') IS NULL"), "t");
    assert.match(readFileSync(join(folder, "old/dump.sql"), "utf8"), /of_a_later_version/);
  });

  it("goes back to a time, and lists what there is where nothing is as old", async () => {
    await backUp();
    const old = new Date().toISOString().slice(0, 19).replace("T", " ");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await sql("DELETE FROM runs");
    await backUp();
    await restore({ AT: old });
    assert.match(await rows(), /^500\|/);
    const { code, said } = await step("backup-repository.sh", "fetch", {
      AT: "2020-01-01 00:00:00",
    });
    assert.equal(code, 3);
    assert.match(
      said,
      /no backup is as old as 2020-01-01 00:00:00 UTC; there are:\n.*\n.*\n\w{8} /,
    );
  });

  it("backs nothing up where the data are lost, so that earlier backups stay", async () => {
    await copy();
    s3.objects.clear();
    const store = await step("backup-artifacts.py", "mirror");
    assert.equal(store.code, 2);
    assert.match(store.said, /bucket mlflow is empty, and held 2 objects .* npm run restore/s);
    await sql("DROP TABLE registered_models");
    const database = await step("backup-database.sh", "dump");
    assert.equal(database.code, 2);
    assert.match(database.said, /no table registered_models.*npm run restore/s);
    // Neither step touched the copy.
    assert.match(await done("backup-database.sh", "load"), /502 rows, alike/);
    assert.match(await done("backup-artifacts.py", "upload"), /2 of them sent, alike/);
  });

  it("keeps every backup of a repository that is damaged, and says so", async () => {
    await backUp();
    await backUp();
    const data = join(folder, "repository/data");
    const [first = ""] = readdirSync(data).filter(
      (name) => readdirSync(join(data, name)).length > 0,
    );
    const [pack = ""] = readdirSync(join(data, first));
    const path = join(data, first, pack);
    chmodSync(path, 0o600);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, -7));
    const said = await step("backup-repository.sh", "store");
    assert.equal(said.code, 5, said.said);
    assert.match(said.said, /repository is damaged, so nothing was removed/);
    writeFileSync(path, whole);
    assert.equal((await done("backup-repository.sh", "list")).match(/^\w{8} /gm)?.length, 3);
  });

  it("refuses a backup of which a byte is another", async () => {
    await backUp();
    const data = join(folder, "repository/data");
    for (const name of readdirSync(data)) {
      for (const pack of readdirSync(join(data, name))) {
        const path = join(data, name, pack);
        const bytes = readFileSync(path);
        bytes[10] = (bytes[10] ?? 0) ^ 1;
        chmodSync(path, 0o600);
        writeFileSync(path, bytes);
      }
    }
    rmSync(join(folder, "cache"), { recursive: true, force: true });
    const { code } = await step("backup-repository.sh", "fetch");
    assert.notEqual(code, 0);
  });

  it("does not load a dump that was cut off, and touches nothing", async () => {
    await copy();
    const dump = join(folder, "copy/database/dump.sql");
    writeFileSync(dump, readFileSync(dump).subarray(0, -200));
    const { code, said } = await step("backup-database.sh", "load");
    assert.equal(code, 3);
    assert.match(said, /not whole: choose another one with --at/);
    assert.match(await rows(), /^500\|/);
  });

  it("leaves the database as it was where a load fails in the middle", async () => {
    await copy();
    const dump = join(folder, "copy/database/dump.sql");
    writeFileSync(
      dump,
      readFileSync(dump, "utf8").replace(
        "-- PostgreSQL database dump complete",
        "SELECT 1/0;\n-- PostgreSQL database dump complete",
      ),
    );
    const { code, said } = await step("backup-database.sh", "load");
    assert.notEqual(code, 0);
    assert.match(said, /division by zero/);
    assert.match(await rows(), /^500\|/);
  });

  it("opens with its password alone, and never begins anew over what it cannot open", async () => {
    await backUp();
    writeFileSync(join(folder, "other"), "another");
    const { code, said } = await step("backup-repository.sh", "store", {
      RESTIC_PASSWORD_FILE: join(folder, "other"),
    });
    assert.equal(code, 4);
    assert.match(said, /cannot be opened: .*wrong password/);
    await restore();
  });

  it("tells the Pushgateway when it succeeded and how large it is, and does not fail where none answers", async () => {
    await copy();
    const pushed: string[] = [];
    const gateway = createServer((request, response) => {
      void request.toArray().then((parts) => {
        pushed.push(`${request.method ?? ""} ${request.url ?? ""}\n${parts.join("")}`);
        response.end();
      });
    }).listen(0, "127.0.0.1");
    await once(gateway, "listening");
    const { port } = gateway.address() as AddressInfo;
    const said = await done("backup-report.py", "", { PUSH_URL: `http://127.0.0.1:${port}` });
    gateway.close();
    assert.match(said, /backed up \d+ bytes in \d+ s/);
    const [text = ""] = pushed;
    assert.match(text, /^POST \/metrics\/job\/backup\n# TYPE slipway_backup_last_success_/);
    const at = Number(/^slipway_backup_last_success_timestamp_seconds (\S+)/m.exec(text)?.[1]);
    assert.ok(Math.abs(at - Date.now() / 1000) < 60, text);
    assert.match(text, /\nslipway_backup_size_bytes [1-9]\d+\n/);
    const alone = await done("backup-report.py", "", { PUSH_URL: "http://127.0.0.1:1" });
    assert.match(alone, /Prometheus is not told/);
  });

  it("says which store it cannot reach", async () => {
    const gone = await step("backup-artifacts.py", "mirror", {
      MLFLOW_S3_ENDPOINT_URL: "http://127.0.0.1:1",
    });
    assert.equal(gone.code, 4);
    assert.match(gone.said, /the object store cannot be reached/);
    const database = await step("backup-database.sh", "dump", { PGPORT: "1" });
    assert.equal(database.code, 4);
    assert.match(database.said, /the database cannot be reached: .*127\.0\.0\.1/);
  });
});
