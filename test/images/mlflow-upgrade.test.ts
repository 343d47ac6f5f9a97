import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import { PYTHON } from "../support/mlflow-server.ts";
import { NO_POSTGRES, PostgresServer } from "../support/postgres.ts";

/** MLflow's schema of 2.6, without webhooks, traces and workspaces. */
const OLD = "2d6e25af4d3e";
const TO_OLD = `
import os, sqlalchemy
from alembic import command
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base
uri = os.environ["MLFLOW_BACKEND_STORE_URI"]
Base.metadata.create_all(sqlalchemy.create_engine(uri))
command.upgrade(_get_alembic_config(uri), "${OLD}")
`;

describe(`MLflow's upgrade of a schema in Postgres${NO_POSTGRES}`, function () {
  this.timeout(180_000);
  let server: PostgresServer;
  const undo: (() => Promise<void>)[] = [];
  let env: Record<string, string>;

  before(async function () {
    if (NO_POSTGRES) this.skip();
    server = await PostgresServer.start();
    undo.push(() => server.stop());
    await server.ready();
    await sql("CREATE ROLE mlflow LOGIN", "postgres");
    await sql("CREATE DATABASE mlflow OWNER mlflow ENCODING 'UTF8' TEMPLATE template0", "postgres");
    env = {
      ...(server.env as Record<string, string>),
      ...{ PGUSER: "mlflow", PGDATABASE: "mlflow", HOME: server.folder },
      MLFLOW_BACKEND_STORE_URI: "postgresql+psycopg://",
      MLFLOW_AUTH_CONFIG_PATH: path.join(ROOT, "images/mlflow/auth.ini"),
      ...{ MLFLOW_AUTH_ADMIN_USERNAME: "admin", MLFLOW_AUTH_ADMIN_PASSWORD: "a-long-password" },
      MLFLOW_FLASK_SERVER_SECRET_KEY: "any",
    };
  });
  after(async () => {
    for (const step of undo) await step();
  });

  const sql = async (text: string, user = "mlflow") => {
    const args = ["-qXAt", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", user, "-c", text];
    return (await execa("psql", args, { env: server.env })).stdout;
  };
  const options = () => ({ env, extendEnv: false, all: true }) as const;
  const upgrade = () => [PYTHON, path.join(ROOT, "images/mlflow/bin/upgrade.py")] as const;

  it("that is killed in the middle leaves everything as it was, and the next one comes to its end", async () => {
    await execa(PYTHON, ["-c", TO_OLD], options());
    await sql("INSERT INTO experiments (name, lifecycle_stage) VALUES ('kept', 'active')");

    // A reader of the models holds up the migration that gives them workspaces, when many before it are done.
    const lock = "BEGIN; LOCK TABLE registered_models IN ACCESS SHARE MODE; SELECT pg_sleep(600)";
    const holder = spawn("psql", ["-qX", "-U", "mlflow", "-d", "mlflow", "-c", lock], {
      env: server.env,
      stdio: "ignore",
    });
    const [program, script] = upgrade();
    const child = spawn(program, [script], { env, stdio: "ignore" });
    const waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while ((await sql(waits)) === "0") {
      assert.equal(child.exitCode, null, "the upgrade did not wait for the lock");
      await pause(200);
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    holder.kill("SIGKILL");
    const others =
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'mlflow' AND pid <> pg_backend_pid()";
    await sql(others, "postgres");

    assert.equal(await sql("SELECT version_num FROM alembic_version"), OLD);
    assert.equal(await sql("SELECT to_regclass('trace_info') IS NULL"), "t");
    await execa(program, [script], options());
    assert.notEqual(await sql("SELECT version_num FROM alembic_version"), OLD);
    assert.equal(await sql("SELECT to_regclass('trace_info') IS NULL"), "f");
    assert.equal(await sql("SELECT name FROM experiments WHERE name = 'kept'"), "kept");
  });
});
