import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { installed } from "../../tools/lib/installed.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { NO_PYTHON, PYTHON, scriptPath } from "./boto3.ts";
import { PlayedS3 } from "./played-s3.ts";
import { NO_POSTGRES, PostgresServer } from "./postgres.ts";

/** Where the scripts are. */
export const FILES = join(ROOT, "components/files");
const NO_RESTIC = installed("restic") ? "" : " (skipped: no restic on the PATH)";
/** For a title: why tests of these scripts are skipped; empty where they are not. */
export const SKIPPED = NO_POSTGRES || NO_RESTIC || NO_PYTHON;

/** Two models, 500 runs, and one of each kind of thing that a schema of MLflow's has. */
const SCHEMA = `
CREATE TABLE registered_models (name text PRIMARY KEY, note text);
INSERT INTO registered_models VALUES ('iris', E'a\\nb'), ('diabetes', NULL);
CREATE TYPE stage AS ENUM ('new', 'old');
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE runs (id serial PRIMARY KEY, loss float8, stage stage);
CREATE VIEW seen AS SELECT * FROM runs;
CREATE TRIGGER kept BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION keep();
INSERT INTO runs (loss) SELECT random() FROM generate_series(1, 500)`;

/** The scripts of backups as their pods run them: on a real Postgres, with a real restic, and a played S3. */
export class BackupScripts {
  readonly s3: PlayedS3;
  /** What the volume of the pods is. */
  readonly folder: string;
  readonly #server: PostgresServer;
  readonly #endpoint: string;

  private constructor(server: PostgresServer, s3: PlayedS3, endpoint: string) {
    this.#server = server;
    this.s3 = s3;
    this.#endpoint = endpoint;
    this.folder = join(server.folder, "backup");
    mkdirSync(join(this.folder, "secret"), { recursive: true });
    writeFileSync(join(this.folder, "secret/username"), "key");
    writeFileSync(join(this.folder, "secret/password"), "secret-key");
    writeFileSync(join(this.folder, "password"), "only-we-know");
    writeFileSync(join(this.folder, "database"), "only-mlflow");
  }

  /**
   * @param settings of the server.
   * @param programs of the server. @default this machine's
   */
  static async start(
    settings: Record<string, string> = {},
    programs?: string,
  ): Promise<BackupScripts> {
    const server = await PostgresServer.start(() => settings, programs);
    const s3 = new PlayedS3("mlflow", "key");
    const made = new BackupScripts(server, s3, await s3.start());
    await server.ready();
    return made;
  }

  async stop(): Promise<void> {
    this.s3.stop();
    await this.#server.stop();
  }

  async sql(text: string, user = "mlflow"): Promise<string> {
    const args = ["-qXAt", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", user, "-c", text];
    return (await execa("psql", args, { env: this.#server.env })).stdout;
  }

  /** Data as before any backup, and none. */
  async reset(): Promise<void> {
    for (const text of [
      "DROP DATABASE IF EXISTS mlflow",
      "DROP ROLE IF EXISTS mlflow",
      "CREATE ROLE mlflow LOGIN PASSWORD 'only-mlflow'",
      "CREATE DATABASE mlflow OWNER mlflow",
    ])
      await this.sql(text, "postgres");
    await this.sql(SCHEMA);
    this.s3.objects.clear();
    this.s3.put("artifacts/1/model.onnx", "onnx");
    this.s3.put("artifacts/1/MLmodel", "flavors: {}", { "content-type": "text/plain" });
    this.s3.put("other/key", "not MLflow's");
    for (const name of ["copy", "repository", "restored", "old", "cache"])
      rmSync(join(this.folder, name), { recursive: true, force: true });
  }

  /** Runs one step as its pod does; no secret is ever told. */
  async step(
    file: string,
    way: string,
    more: Record<string, string> = {},
    identity: { uid?: number; gid?: number } = {},
  ): Promise<{ code: number | undefined; said: string }> {
    const { program, env } = this.command(file, more);
    const options = { env, extendEnv: false, reject: false, all: true, ...identity } as const;
    const { exitCode, all } = await execa(program, [join(FILES, file), way], options);
    assert.doesNotMatch(all, /secret-key|only-we-know|only-mlflow/);
    return { code: exitCode, said: all };
  }

  /** What runs a step, and its variables. */
  command(file: string, more: Record<string, string> = {}) {
    const program = { sh: "bash", py: PYTHON }[file.split(".")[1] ?? ""] ?? "sh";
    const { env: own, folder: home, port } = this.#server;
    const at = (name: string) => join(this.folder, name);
    const env = {
      ...{ PATH: own["PATH"] ?? "", TMPDIR: home, HOME: home, TRIES: "1" },
      ...{ PGHOST: "127.0.0.1", PGPORT: port, PGUSER: "mlflow", PGDATABASE: "mlflow" },
      ...{ PGPASSWORD_FILE: at("database"), PYTHONPATH: scriptPath(), NO_PROXY: "127.0.0.1" },
      ...{ MLFLOW_S3_ENDPOINT_URL: this.#endpoint, AWS_DEFAULT_REGION: "us-east-1" },
      ...{ BUCKET: "mlflow", OBJECT_STORE_SECRET: at("secret") },
      ...{ RESTIC_REPOSITORY: at("repository"), RESTIC_PASSWORD_FILE: at("password") },
      ...{ RESTIC_CACHE_DIR: at("cache"), STACK: "slipway-dev", KEEP: "--keep-last 2" },
      ...{ COPY: at("copy"), RESTORED: at("restored"), WORK: home, ...more },
    };
    return { program, env };
  }

  /** The same of a step that must end well; gives what it said. */
  async done(...args: Parameters<BackupScripts["step"]>): Promise<string> {
    const { code, said } = await this.step(...args);
    assert.equal(code, 0, said);
    return said;
  }

  async copy(): Promise<string> {
    const dumped = await this.done("backup-database.sh", "dump");
    return `${dumped}\n${await this.done("backup-artifacts.py", "mirror")}`;
  }

  async backUp(): Promise<string> {
    return `${await this.copy()}\n${await this.done("backup-repository.sh", "store")}`;
  }

  async restore(more: Record<string, string> = {}): Promise<string> {
    const COPY = join(this.folder, "restored");
    const parts = [
      await this.done("backup-repository.sh", "fetch", more),
      await this.done("backup-artifacts.py", "upload", { COPY }),
      await this.done("backup-database.sh", "load", { COPY, OLD: join(this.folder, "old") }),
    ];
    return parts.join("\n");
  }
}
