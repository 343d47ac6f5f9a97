import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { execa, execaSync } from "execa";
import { installed } from "../../../tools/lib/installed.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { timeInUtc } from "../../../tools/lib/utc.ts";
import { lockDataDir } from "../../../tools/local/lock.ts";

const NO_RESTIC = installed("restic") ? "" : " (skipped: no restic on the PATH)";

describe(`npm run backup and restore, of an npm start${NO_RESTIC}`, () => {
  let folder: string;
  let dataDir: string;
  before(function () {
    if (NO_RESTIC) this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-local-backup-"));
    dataDir = join(folder, "data");
    mkdirSync(join(dataDir, "mlflow/artifacts/1"), { recursive: true });
    sql("CREATE TABLE experiments (name text)", "INSERT INTO experiments VALUES ('iris')");
    writeFileSync(join(dataDir, "mlflow/mlflow-version"), "3.17.2");
    writeFileSync(join(dataDir, "mlflow/artifacts/1/model.onnx"), "onnx");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs SQL on MLflow's database; gives what the last statement found. */
  function sql(...statements: string[]): string {
    const run =
      "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db:\n for text in sys.argv[2:]: rows = db.execute(text).fetchall()\nprint(rows)";
    return execaSync("python3", ["-c", run, join(dataDir, "mlflow/mlflow.db"), ...statements])
      .stdout;
  }
  const names = () => sql("SELECT name FROM experiments");

  async function npm(command: string, args: string[] = [], password = "only-we-know") {
    const options = {
      ...({ cwd: ROOT, reject: false, all: true } as const),
      env: { RESTIC_PASSWORD: password, RESTIC_CACHE_DIR: join(folder, "cache") },
    };
    const words = ["--import", "tsx", `tools/${command}.ts`, "--data-dir", dataDir, ...args];
    const { exitCode, all } = await execa("node", words, options);
    return { code: exitCode, said: all };
  }
  async function done(command: string, args: string[] = []): Promise<string> {
    const { code, said } = await npm(command, args);
    assert.equal(code, 0, said);
    return said;
  }

  it("brings back runs and artifacts, and keeps what was there", async () => {
    const running = lockDataDir(dataDir);
    try {
      assert.match(await done("backup"), /snapshot \w{8} saved/);
    } finally {
      running.release();
    }
    assert.deepEqual(
      readdirSync(dataDir).filter((name) => name.startsWith("backup-copy")),
      [],
    );
    sql("INSERT INTO experiments VALUES ('later')");
    rmSync(join(dataDir, "mlflow/artifacts"), { recursive: true });
    const said = await done("restore");
    assert.equal(names(), "[('iris',)]");
    assert.equal(readFileSync(join(dataDir, "mlflow/artifacts/1/model.onnx"), "utf8"), "onnx");
    assert.equal(readFileSync(join(dataDir, "mlflow/mlflow-version"), "utf8"), "3.17.2");
    const before = /kept in (\S+)/.exec(said)?.[1] ?? "";
    assert.ok(existsSync(join(before, "mlflow.db")), said);
  });

  it("goes back to a time, lists what there is, and says so where nothing is as old", async () => {
    await done("backup", ["--to", join(folder, "elsewhere")]);
    await pause(1100);
    const between = new Date().toISOString();
    await pause(1100);
    sql("INSERT INTO experiments VALUES ('later')");
    await done("backup", ["--to", join(folder, "elsewhere")]);
    assert.match(
      await done("restore", ["--to", join(folder, "elsewhere"), "--list"]),
      /2 snapshots/,
    );
    await done("restore", ["--to", join(folder, "elsewhere"), "--at", between]);
    assert.equal(names(), "[('iris',)]");
    const old = await npm("restore", ["--to", join(folder, "elsewhere"), "--at", "2020-01-01"]);
    assert.equal(old.code, 2);
    assert.match(
      old.said,
      /no backup in \S+ is as old as 2020-01-01 23:59:59 UTC; there are: \d{4}-/,
    );
  });

  it("touches nothing while npm start runs, or where the password is another", async () => {
    await done("backup");
    const running = lockDataDir(dataDir);
    const busy = await npm("restore");
    running.release();
    assert.equal(busy.code, 1);
    assert.match(busy.said, /npm start already runs on .*stop it/);
    const other = await npm("restore", [], "another");
    assert.notEqual(other.code, 0);
    assert.match(other.said, /wrong password/);
    // Nor is a repository begun anew over one that cannot be opened.
    assert.match((await npm("backup", [], "another")).said, /wrong password/);
    assert.equal(names(), "[('iris',)]");
  });

  it("says what is missing: data, backups, a password", async () => {
    const nothing = await npm("backup", ["--data-dir", join(folder, "nothing")]);
    assert.deepEqual([nothing.code, nothing.said.includes("run npm start first")], [2, true]);
    const none = await npm("restore");
    assert.deepEqual([none.code, /there are no backups in \S+-backups/.test(none.said)], [2, true]);
    const secret = await npm("backup", [], "");
    assert.deepEqual([secret.code, secret.said.includes("export RESTIC_PASSWORD")], [2, true]);
    const both = await npm("backup", ["--stack", "dev"]);
    assert.deepEqual([both.code, both.said.includes("leave one out")], [2, true]);
  });
});

describe("a time that a person writes", () => {
  const cases = {
    "2026-11-26": "2026-11-26 23:59:59",
    "2026-11-26 02:30": "2026-11-26 02:30:59",
    "2026-11-26T02:30:07": "2026-11-26 02:30:07",
    "2026-11-26T02:30:00+01:00": "2026-11-26 01:30:00",
    "2026-11-26T02:30:00Z": "2026-11-26 02:30:00",
  };
  for (const [text, utc] of Object.entries(cases)) {
    it(`${text} is ${utc} UTC`, () => {
      assert.equal(timeInUtc(text), utc);
    });
  }
  for (const text of ["yesterday", "26.11.2026", "2026-13-01", "2026-11-26 25:00", "1e9"]) {
    it(`${text} is refused, with the forms that do`, () => {
      assert.throws(() => timeInUtc(text), /--at .* is not a time: write 2026-11-26, /);
    });
  }
});
