import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BackupScripts, SKIPPED } from "../support/backup-scripts.ts";
import { newerPostgres } from "../support/postgres.ts";

describe(`a backup and its way back, with a real Postgres and restic${SKIPPED}`, () => {
  let scripts: BackupScripts;
  const undo: (() => Promise<void>)[] = [];

  before(async function () {
    if (SKIPPED) this.skip();
    scripts = await BackupScripts.start();
    undo.push(() => scripts.stop());
  });
  after(async () => {
    for (const step of undo) await step();
  });
  beforeEach(() => scripts.reset());

  const rows = () => scripts.sql("SELECT count(*), sum(loss) FROM runs");

  it("brings back every row and object, after all of them were lost", async () => {
    const before = await rows();
    assert.match(
      await scripts.backUp(),
      /database: 2 tables, 502 rows\nartifacts: 2 objects, 15 bytes, 2 of them new/,
    );
    await scripts.sql("DROP TABLE runs, registered_models CASCADE");
    scripts.s3.objects.clear();
    assert.match(
      await scripts.restore(),
      /artifacts: 2 objects, 2 of them sent, alike\ndatabase: 2 tables, 502 rows, alike/,
    );
    assert.equal(await rows(), before);
    assert.equal(
      await scripts.sql("SELECT note FROM registered_models WHERE name = 'iris'"),
      "a\nb",
    );
    assert.equal(await scripts.sql("INSERT INTO runs (loss) VALUES (1) RETURNING id"), "501");
    assert.equal(scripts.s3.texts()["artifacts/1/model.onnx"], "onnx");
  });

  it("takes what is new alone, and leaves out what is not MLflow's", async () => {
    await scripts.backUp();
    scripts.s3.put("artifacts/2/model.onnx", "another");
    const said = await scripts.backUp();
    assert.match(said, /artifacts: 3 objects, 22 bytes, 1 of them new/);
    const kept = readdirSync(join(scripts.folder, "copy"));
    assert.deepEqual(kept.sort(), ["artifacts", "database"]);
  });

  it("mirrors an object that was written anew with as many bytes, and one that is gone", async () => {
    await scripts.copy();
    scripts.s3.put("artifacts/1/model.onnx", "ONNX");
    const changed = scripts.s3.objects.get("artifacts/1/model.onnx");
    assert(changed);
    changed.changed = new Date(Date.now() + 5000);
    scripts.s3.objects.delete("artifacts/1/MLmodel");
    await scripts.done("backup-artifacts.py", "mirror");
    assert.equal(readFileSync(join(scripts.folder, "copy/artifacts/1/model.onnx"), "utf8"), "ONNX");
    assert.deepEqual(readdirSync(join(scripts.folder, "copy/artifacts/1")), ["model.onnx"]);
  });

  it("keeps what the database held before a restore, and leaves newer objects alone", async () => {
    await scripts.backUp();
    await scripts.sql("DELETE FROM runs WHERE id <= 400; CREATE TABLE of_a_later_version (id int)");
    scripts.s3.put("artifacts/3/new", "new");
    const said = await scripts.restore();
    assert.match(said, /what the database held is kept in .*old: 3 tables, 102 rows/);
    assert.match(said, /1 other objects of the bucket were left alone/);
    assert.equal(await scripts.sql("SELECT to_regclass('of_a_later_version') IS NULL"), "t");
    assert.match(readFileSync(join(scripts.folder, "old/dump.sql"), "utf8"), /of_a_later_version/);
  });

  it("goes back to a time, and lists what there is where nothing is as old", async () => {
    await scripts.backUp();
    const old = new Date().toISOString().slice(0, 19).replace("T", " ");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await scripts.sql("DELETE FROM runs");
    await scripts.backUp();
    await scripts.restore({ AT: old });
    assert.match(await rows(), /^500\|/);
    const { code, said } = await scripts.step("backup-repository.sh", "fetch", {
      AT: "2020-01-01 00:00:00",
    });
    assert.equal(code, 3);
    assert.match(
      said,
      /no backup is as old as 2020-01-01 00:00:00 UTC; there are:\n.*\n.*\n\w{8} /,
    );
  });

  it("takes the first that was made since a time, or the newest where none was", async () => {
    await scripts.backUp();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const between = new Date().toISOString().slice(0, 19).replace("T", " ");
    await scripts.sql("DELETE FROM runs");
    await scripts.backUp();
    const runs = async (SINCE: string) => {
      await scripts.done("backup-repository.sh", "fetch", { SINCE });
      const tables = readFileSync(join(scripts.folder, "restored/database/tables"), "utf8");
      return /public\.runs\|(\d+)/.exec(tables)?.[1];
    };
    assert.equal(await runs("2020-01-01 00:00:00"), "500");
    assert.equal(await runs(between), "0");
    assert.equal(await runs("2999-01-01 00:00:00"), "0");
  });

  it("backs nothing up where the data are lost, so that earlier backups stay", async () => {
    await scripts.copy();
    scripts.s3.objects.clear();
    const store = await scripts.step("backup-artifacts.py", "mirror");
    assert.equal(store.code, 2);
    assert.match(store.said, /bucket mlflow is empty, and held 2 objects .* npm run restore/s);
    await scripts.sql("DROP TABLE registered_models");
    const database = await scripts.step("backup-database.sh", "dump");
    assert.equal(database.code, 2);
    assert.match(database.said, /no table registered_models.*npm run restore/s);
    // Neither step touched the copy.
    assert.match(await scripts.done("backup-database.sh", "load"), /502 rows, alike/);
    assert.match(await scripts.done("backup-artifacts.py", "upload"), /2 of them sent, alike/);
  });

  it("keeps every backup of a repository that is damaged, and says so", async () => {
    await scripts.backUp();
    await scripts.backUp();
    const data = join(scripts.folder, "repository/data");
    const [first = ""] = readdirSync(data).filter(
      (name) => readdirSync(join(data, name)).length > 0,
    );
    const [pack = ""] = readdirSync(join(data, first));
    const path = join(data, first, pack);
    chmodSync(path, 0o600);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, -7));
    const said = await scripts.step("backup-repository.sh", "store");
    assert.equal(said.code, 5, said.said);
    assert.match(said.said, /repository is damaged, so nothing was removed/);
    writeFileSync(path, whole);
    assert.equal(
      (await scripts.done("backup-repository.sh", "list")).match(/^\w{8} /gm)?.length,
      3,
    );
  });

  it("refuses a backup of which a byte is another", async () => {
    await scripts.backUp();
    const data = join(scripts.folder, "repository/data");
    for (const name of readdirSync(data)) {
      for (const pack of readdirSync(join(data, name))) {
        const path = join(data, name, pack);
        const bytes = readFileSync(path);
        bytes[10] = (bytes[10] ?? 0) ^ 1;
        chmodSync(path, 0o600);
        writeFileSync(path, bytes);
      }
    }
    rmSync(join(scripts.folder, "cache"), { recursive: true, force: true });
    const { code } = await scripts.step("backup-repository.sh", "fetch");
    assert.notEqual(code, 0);
  });

  it("does not load a dump that was cut off, and touches nothing", async () => {
    await scripts.copy();
    const dump = join(scripts.folder, "copy/database/dump.sql");
    writeFileSync(dump, readFileSync(dump).subarray(0, -200));
    const { code, said } = await scripts.step("backup-database.sh", "load");
    assert.equal(code, 3);
    assert.match(said, /not whole: choose another one with --at/);
    assert.match(await rows(), /^500\|/);
  });

  it("leaves the database as it was where a load fails in the middle", async () => {
    await scripts.copy();
    const dump = join(scripts.folder, "copy/database/dump.sql");
    writeFileSync(
      dump,
      readFileSync(dump, "utf8").replace(
        "-- PostgreSQL database dump complete",
        "SELECT 1/0;\n-- PostgreSQL database dump complete",
      ),
    );
    const { code, said } = await scripts.step("backup-database.sh", "load");
    assert.notEqual(code, 0);
    assert.match(said, /division by zero/);
    assert.match(await rows(), /^500\|/);
  });

  it("opens with its password alone, and never begins anew over what it cannot open", async () => {
    await scripts.backUp();
    writeFileSync(join(scripts.folder, "other"), "another");
    const { code, said } = await scripts.step("backup-repository.sh", "store", {
      RESTIC_PASSWORD_FILE: join(scripts.folder, "other"),
    });
    assert.equal(code, 4);
    assert.match(said, /cannot be opened: .*wrong password/);
    await scripts.restore();
  });

  it("tells the Pushgateway when it succeeded and how large it is, and does not fail where none answers", async () => {
    await scripts.copy();
    const pushed: string[] = [];
    const gateway = createServer((request, response) => {
      void request.toArray().then((parts) => {
        pushed.push(`${request.method ?? ""} ${request.url ?? ""}\n${parts.join("")}`);
        response.end();
      });
    }).listen(0, "127.0.0.1");
    await once(gateway, "listening");
    const { port } = gateway.address() as AddressInfo;
    const said = await scripts.done("backup-report.py", "", {
      PUSH_URL: `http://127.0.0.1:${port}`,
    });
    gateway.close();
    assert.match(said, /backed up \d+ bytes in \d+ s/);
    const [text = ""] = pushed;
    assert.match(text, /^POST \/metrics\/job\/backup\n# TYPE slipway_backup_last_success_/);
    const at = Number(/^slipway_backup_last_success_timestamp_seconds (\S+)/m.exec(text)?.[1]);
    assert.ok(Math.abs(at - Date.now() / 1000) < 60, text);
    assert.match(text, /\nslipway_backup_size_bytes [1-9]\d+\n/);
    const alone = await scripts.done("backup-report.py", "", { PUSH_URL: "http://127.0.0.1:1" });
    assert.match(alone, /Prometheus is not told/);
  });

  it("copies a bucket of data whole, and keeps the copy of one that is empty all at once", async () => {
    const env = { COPY: join(scripts.folder, "copy/data"), PREFIX: "", MAY_BE_EMPTY: "1" };
    const copied = async () => {
      const step = await scripts.step("backup-artifacts.py", "mirror", env);
      assert.equal(step.code, 0, step.said);
      assert.doesNotMatch(step.said, /^artifacts:/m);
      return readdirSync(env.COPY, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort();
    };
    scripts.s3.objects.clear();
    scripts.s3.put("predictions/model=a/date=2026-11-28/1.parquet", "rows");
    scripts.s3.put("snapshots/sha256=ab.parquet", "source");
    scripts.s3.put("snapshots/", ""); // what a console makes for a folder
    assert.deepEqual(await copied(), ["1.parquet", "sha256=ab.parquet"]);
    scripts.s3.objects.delete("snapshots/sha256=ab.parquet");
    assert.deepEqual(await copied(), ["1.parquet"]);
    scripts.s3.objects.clear();
    assert.deepEqual(await copied(), ["1.parquet"]);
  });

  it("takes the bucket of data out of a backup, but not for a drill", async () => {
    const env = { COPY: join(scripts.folder, "copy/data"), PREFIX: "", MAY_BE_EMPTY: "1" };
    await scripts.copy();
    await scripts.done("backup-artifacts.py", "mirror", env);
    await scripts.done("backup-repository.sh", "store");
    const fetched = async (more: Record<string, string>) => {
      await scripts.done("backup-repository.sh", "fetch", more);
      return readdirSync(join(scripts.folder, "restored")).sort();
    };
    assert.deepEqual(await fetched({}), ["artifacts", "data", "database"]);
    assert.deepEqual(await fetched({ EXCLUDE: "/data" }), ["artifacts", "database"]);
  });

  it("says which store it cannot reach", async () => {
    const gone = await scripts.step("backup-artifacts.py", "mirror", {
      MLFLOW_S3_ENDPOINT_URL: "http://127.0.0.1:1",
    });
    assert.equal(gone.code, 4);
    assert.match(gone.said, /the object store cannot be reached/);
    const database = await scripts.step("backup-database.sh", "dump", { PGPORT: "1" });
    assert.equal(database.code, 4);
    assert.match(database.said, /the database cannot be reached: .*127\.0\.0\.1/);
  });

  it("is loaded by a later major version of Postgres, with every row alike", async () => {
    await scripts.backUp();
    const folder = mkdtempSync(join(tmpdir(), "slipway-postgres-18-"));
    chmodSync(folder, 0o755);
    const later = await BackupScripts.start({}, newerPostgres(folder));
    try {
      assert.match(await later.sql("SHOW server_version", "postgres"), /^18\./);
      await later.reset();
      await later.sql("DROP TABLE registered_models");
      await scripts.done("backup-repository.sh", "fetch");
      const COPY = join(scripts.folder, "restored");
      const said = await later.done("backup-database.sh", "load", { COPY });
      assert.match(said, /database: 2 tables, 502 rows, alike/);
      assert.equal(await later.sql("SELECT count(*), sum(loss) FROM runs"), await rows());
      assert.equal(await later.sql("INSERT INTO runs (loss) VALUES (1) RETURNING id"), "501");
    } finally {
      await later.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
