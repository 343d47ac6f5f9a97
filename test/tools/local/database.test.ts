import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Children } from "../../../tools/lib/children.ts";
import { lockedVersion, type Python } from "../../../tools/lib/python.ts";
import { databaseAnswers, prepareDatabase } from "../../../tools/local/database.ts";

const root = path.resolve(import.meta.dirname, "..", "..", "..");
const venv = path.join(root, "training", ".venv", "bin", "python");
const interpreter = process.env["SLIPWAY_PYTHON"] ?? venv;
const version = lockedVersion(root, "mlflow");

/**
 * Stands in for `python -m mlflow db upgrade`: like MLflow's first migration on SQLite, it takes a while, and what a
 * killed one has left stops every later one. The real one is killed in loop.test.ts.
 */
const MLFLOW = `
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[3].removeprefix("sqlite:///"), isolation_level=None)
tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
if "future" in tables:
    sys.exit("Can't locate revision of the future")
db.execute("CREATE TABLE _alembic_tmp_tags (key TEXT)")
time.sleep(1)
if "experiments" not in tables:
    db.execute("CREATE TABLE experiments (name TEXT)")
db.execute("DROP TABLE _alembic_tmp_tags")
`;

describe("MLflow's database", () => {
  let python: Python;
  let folder: string;
  let database: string;
  let children: Children;

  const sql = (script: string): string => {
    const code = `import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db:\n${script}`;
    const done = spawnSync(interpreter, ["-c", code, database], { encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout.trim();
  };
  const experiments = (): string =>
    sql("  print([n for (n,) in db.execute('SELECT name FROM experiments')])");

  before(() => {
    assert.ok(existsSync(interpreter), `${interpreter} is missing: run 'npm test' once`);
    const modules = mkdtempSync(path.join(tmpdir(), "slipway-mlflow-"));
    mkdirSync(path.join(modules, "mlflow"));
    writeFileSync(path.join(modules, "mlflow", "__init__.py"), "");
    writeFileSync(path.join(modules, "mlflow", "__main__.py"), MLFLOW);
    python = { interpreter, env: { PYTHONPATH: modules } };
  });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-database-"));
    database = path.join(folder, "mlflow.db");
    children = new Children(path.join(folder, "logs"));
  });

  afterEach(async () => {
    await children.stop();
  });

  it("is whole or not there, wherever its first migration is killed", async () => {
    const first = prepareDatabase(children, python, folder, version);
    const failed = assert.rejects(first, { message: /nothing was created/, exitCode: 4 });
    const draft = (): string | undefined =>
      readdirSync(folder).find((name) => name.startsWith("migrating-"));
    const begun = (): boolean => {
      const file = path.join(folder, draft() ?? "", "mlflow.db");
      return draft() !== undefined && existsSync(file) && statSync(file).size > 0;
    };
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 5));
    children.kill();
    await failed;
    assert.ok(!existsSync(database));

    await prepareDatabase(children, python, folder, version);
    assert.equal(experiments(), "[]");
    assert.equal(draft(), undefined);
    const made = statSync(database).mtimeMs;
    await prepareDatabase(children, python, folder, version);
    assert.equal(statSync(database).mtimeMs, made, "the right version is left alone");
  });

  it("begins anew where an earlier Slipway was killed in its first migration", async () => {
    sql(
      "  db.execute('CREATE TABLE experiments (name TEXT)')\n" +
        "  db.execute('CREATE TABLE _alembic_tmp_tags (key TEXT)')",
    );
    await prepareDatabase(children, python, folder, version);
    assert.equal(experiments(), "[]");
  });

  it("is upgraded in a copy, and the old one is kept until the new one answers", async () => {
    await prepareDatabase(children, python, folder, version);
    sql("  db.execute(\"INSERT INTO experiments VALUES ('mine')\")");
    const old = readFileSync(database);
    writeFileSync(path.join(folder, "mlflow-version"), "3.0.0");
    await prepareDatabase(children, python, folder, version);
    assert.equal(experiments(), "['mine']");
    assert.equal(readFileSync(path.join(folder, "mlflow-version"), "utf8"), version);
    const before = path.join(folder, "mlflow.db.before-upgrade");
    assert.deepEqual(readFileSync(before), old);
    databaseAnswers(folder);
    assert.ok(!existsSync(before));
  });

  it("stays as it is when an upgrade fails, and the message says so", async () => {
    sql(
      "  db.execute('CREATE TABLE experiments (name TEXT)')\n" +
        "  db.execute(\"INSERT INTO experiments VALUES ('mine')\")\n" +
        "  db.execute('CREATE TABLE future (key TEXT)')",
    );
    const old = readFileSync(database);
    await assert.rejects(prepareDatabase(children, python, folder, version), {
      message: /mlflow\.db is as it was; move it away .*Can't locate revision/s,
      exitCode: 4,
    });
    assert.deepEqual(readFileSync(database), old);
  });
});
