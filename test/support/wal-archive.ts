import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { BackupScripts, FILES } from "./backup-scripts.ts";
import { NOBODY } from "./postgres.ts";

/** Waits until something is so. */
export async function until(what: string, so: () => unknown): Promise<void> {
  for (let tries = 0; !(await so()); tries += 1) {
    assert(tries < 200, `not within 20 s: ${what}`);
    await pause(100);
  }
}

/** A time as `--at` gives it, in UTC; a transaction of the same second may be on either side of it. */
export const spoken = (time: Date) => time.toISOString().slice(0, 19).replace("T", " ");

/** A moment with nothing of its second. */
export async function moment(): Promise<string> {
  await pause(1100);
  const now = new Date();
  await pause(1100);
  return spoken(now);
}

/** The scripts of `wal-archive` as its pod runs them, with a real Postgres and restic. */
export class WalArchive {
  readonly scripts: BackupScripts;
  /** What the receiver said. */
  heard = "";
  #receiver: ChildProcess | undefined;

  private constructor(scripts: BackupScripts) {
    this.scripts = scripts;
  }

  static async start(): Promise<WalArchive> {
    const settings = { max_slot_wal_keep_size: "64MB", min_wal_size: "32MB" };
    const scripts = await BackupScripts.start(settings);
    await scripts.sql("CREATE ROLE archive LOGIN REPLICATION PASSWORD 'only-mlflow'", "postgres");
    return new WalArchive(scripts);
  }

  async end(): Promise<void> {
    await this.stop();
    await this.scripts.stop();
  }

  /** Data as before anything was kept. */
  async reset(): Promise<void> {
    await this.stop();
    const active = "SELECT count(*) FROM pg_replication_slots WHERE active";
    await until(
      "the slot is free",
      async () => (await this.scripts.sql(active, "postgres")) === "0",
    );
    const drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots";
    await this.scripts.sql(drop, "postgres");
    await this.scripts.reset();
    this.heard = "";
    for (const name of ["wal", "log-repository", "point"])
      rmSync(this.at(name), { recursive: true, force: true });
  }

  at(...names: string[]): string {
    return join(this.scripts.folder, ...names);
  }

  variables(more: Record<string, string> = {}) {
    return {
      ...{ WAL: this.at("wal"), EVERY: "1", POINT: this.at("point"), KEEP_WITHIN: "8d" },
      RESTIC_REPOSITORY: this.at("log-repository"),
      ...more,
    };
  }

  /** Receives as the pod does, until {@link stop}. */
  receive(more: Record<string, string> = {}): void {
    const account = { PGUSER: "archive", PGDATABASE: "postgres" };
    const own = this.variables({ ...account, ...more });
    const { program, env } = this.scripts.command("wal-archive.sh", own);
    const receiver = spawn(program, [join(FILES, "wal-archive.sh"), "receive"], {
      ...{ env, detached: true },
    });
    for (const stream of [receiver.stdout, receiver.stderr])
      stream.on("data", (text: Buffer) => (this.heard += text.toString()));
    this.#receiver = receiver;
  }

  /** Whether the receiver is at work. */
  get receives(): boolean {
    return this.#receiver?.exitCode === null;
  }

  async stop(): Promise<void> {
    if (this.#receiver?.exitCode !== null || this.#receiver.signalCode !== null) return;
    const ended = once(this.#receiver, "exit");
    process.kill(-(this.#receiver.pid ?? 0), "SIGTERM");
    await ended;
  }

  /** Kills the receiver and all that it started. */
  kill(): void {
    process.kill(-(this.#receiver?.pid ?? 0), "SIGKILL");
  }

  keep(): Promise<string> {
    return this.scripts.done("wal-repository.sh", "once", this.variables());
  }

  /** Whether a copy waits to be kept. */
  isCopied(): boolean {
    if (!existsSync(this.at("wal/current"))) return false;
    const folder = this.at("wal", readFileSync(this.at("wal/current"), "utf8").trim(), "base");
    return readdirSync(folder).some((name) => name.endsWith(".start"));
  }

  copied(what: string): Promise<void> {
    return until(what, () => this.isCopied());
  }

  /** Everything until now is in the log, and something after it. */
  async written(): Promise<void> {
    await this.scripts.sql("SELECT pg_logical_emit_message(true, 'test', '')", "postgres");
    const here = await this.scripts.sql("SELECT pg_current_wal_flush_lsn()", "postgres");
    const received = `SELECT count(*) FROM pg_stat_replication WHERE flush_lsn >= '${here}'`;
    await until(
      "the log is received",
      async () => (await this.scripts.sql(received, "postgres")) !== "0",
    );
  }

  fetched(time?: string) {
    const more = time === undefined ? {} : { AT: time };
    return this.scripts.step("wal-repository.sh", "fetch", this.variables(more));
  }

  replay(time?: string) {
    rmSync(this.at("restored"), { recursive: true, force: true });
    mkdirSync(this.at("restored"));
    // One user in a pod; root in here, which Postgres does not run as.
    if (NOBODY.uid !== undefined) {
      const folders = [this.at("point"), this.at("restored"), this.at()];
      execFileSync("chown", ["-R", String(NOBODY.uid), ...folders]);
    }
    const more = { SOCKET: this.at(), ...(time === undefined ? {} : { AT: time }) };
    return this.scripts.step("wal-archive.sh", "replay", this.variables(more), NOBODY);
  }

  /** How many runs the database had at a time, by its dump. */
  async rowsAt(time?: string): Promise<number> {
    const { code, said } = await this.fetched(time);
    assert.equal(code, 0, said);
    const replayed = await this.replay(time);
    assert.equal(replayed.code, 0, replayed.said);
    const tables = readFileSync(this.at("restored/database/tables"), "utf8");
    return Number(/public\.runs\|(\d+)/.exec(tables)?.[1]);
  }

  add(rows: number): Promise<string> {
    const some = `INSERT INTO runs (loss) SELECT random() FROM generate_series(1, ${rows})`;
    return this.scripts.sql(some);
  }

  /** Names of the copies that are kept, oldest first. */
  names(): string[] {
    const { env } = this.scripts.command("wal-repository.sh", this.variables());
    const listed = execFileSync("restic", ["snapshots", "--json", "--tag", "base"], {
      ...{ env, encoding: "utf8" },
    });
    const snapshots = JSON.parse(listed) as { tags: string[] }[];
    return snapshots.map(({ tags }) => tags.find((tag) => tag !== "base") ?? "").sort();
  }
}
