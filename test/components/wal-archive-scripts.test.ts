import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import process from "node:process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { BackupScripts, FILES, SKIPPED } from "../support/backup-scripts.ts";
import { long } from "../support/long.ts";
import { NOBODY } from "../support/postgres.ts";

/** Waits until something is so. */
async function until(what: string, so: () => unknown): Promise<void> {
  for (let tries = 0; !(await so()); tries += 1) {
    assert(tries < 200, `not within 20 s: ${what}`);
    await pause(100);
  }
}

/** A time as `--at` gives it, in UTC; a transaction of the same second may be on either side of it. */
const spoken = (time: Date) => time.toISOString().slice(0, 19).replace("T", " ");

describe(`the log of every change, with a real Postgres and restic${SKIPPED}`, () => {
  let scripts: BackupScripts;
  let receiver: ChildProcess | undefined;
  let heard = "";
  const at = (...names: string[]) => join(scripts.folder, ...names);
  const variables = (more: Record<string, string> = {}) => ({
    ...{ WAL: at("wal"), EVERY: "1", POINT: at("point"), KEEP_WITHIN: "8d" },
    RESTIC_REPOSITORY: at("log-repository"),
    ...more,
  });
  const account = { PGUSER: "archive", PGDATABASE: "postgres" };

  /** Receives as the pod does, until {@link stop}. */
  function receive(more: Record<string, string> = {}): void {
    const { program, env } = scripts.command("wal-archive.sh", variables({ ...account, ...more }));
    receiver = spawn(program, [join(FILES, "wal-archive.sh"), "receive"], { env, detached: true });
    for (const stream of [receiver.stdout, receiver.stderr])
      stream?.on("data", (text: Buffer) => (heard += text.toString()));
  }
  async function stop(): Promise<void> {
    if (receiver?.exitCode !== null) return;
    const ended = once(receiver, "exit");
    process.kill(-(receiver.pid ?? 0), "SIGTERM");
    await ended;
  }
  const keep = () => scripts.done("wal-repository.sh", "once", variables());
  const current = () => at("wal", readFileSync(at("wal/current"), "utf8").trim());
  const copies = () =>
    readdirSync(join(current(), "base")).filter((name) => name.endsWith(".start"));
  const isCopied = () => existsSync(at("wal/current")) && copies().length > 0;
  /** Everything until now is in the log, and something after it. */
  async function written(): Promise<void> {
    await scripts.sql("SELECT pg_logical_emit_message(true, 'test', '')", "postgres");
    const here = await scripts.sql("SELECT pg_current_wal_flush_lsn()", "postgres");
    await until("the log is received", async () => {
      const received = `SELECT count(*) FROM pg_stat_replication WHERE flush_lsn >= '${here}'`;
      return (await scripts.sql(received, "postgres")) !== "0";
    });
  }
  const fetched = (time?: string) =>
    scripts.step("wal-repository.sh", "fetch", variables(time === undefined ? {} : { AT: time }));
  function replay(time?: string) {
    rmSync(at("restored"), { recursive: true, force: true });
    mkdirSync(at("restored"));
    // One user in a pod; root in here, which Postgres does not run as.
    if (NOBODY.uid !== undefined)
      execFileSync("chown", ["-R", String(NOBODY.uid), at("point"), at("restored"), at()]);
    const more = variables({ SOCKET: at(), ...(time === undefined ? {} : { AT: time }) });
    return scripts.step("wal-archive.sh", "replay", more, NOBODY);
  }
  /** What the database was at a time, by the lines of its dump. */
  async function rowsAt(time?: string): Promise<number> {
    const { code, said } = await fetched(time);
    assert.equal(code, 0, said);
    const replayed = await replay(time);
    assert.equal(replayed.code, 0, replayed.said);
    const tables = readFileSync(at("restored/database/tables"), "utf8");
    return Number(/public\.runs\|(\d+)/.exec(tables)?.[1]);
  }
  const add = (rows: number) =>
    scripts.sql(`INSERT INTO runs (loss) SELECT random() FROM generate_series(1, ${rows})`);
  /** A moment with nothing of its second. */
  async function moment(): Promise<string> {
    await pause(1100);
    const now = new Date();
    await pause(1100);
    return spoken(now);
  }

  before(async function () {
    if (SKIPPED) this.skip();
    scripts = await BackupScripts.start({ max_slot_wal_keep_size: "64MB", min_wal_size: "32MB" });
    await scripts.sql("CREATE ROLE archive LOGIN REPLICATION PASSWORD 'only-mlflow'", "postgres");
  });
  after(async () => {
    await stop();
    await scripts.stop();
  });
  beforeEach(async () => {
    await scripts.reset();
    heard = "";
    for (const name of ["wal", "log-repository", "point"])
      rmSync(at(name), { recursive: true, force: true });
  });
  afterEach(async () => {
    await stop();
    const slots = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots";
    await until(
      "the slot is free",
      async () =>
        (await scripts.sql(
          "SELECT count(*) FROM pg_replication_slots WHERE active",
          "postgres",
        )) === "0",
    );
    await scripts.sql(slots, "postgres");
  });

  it("brings back what the database was at a moment between two backups", async () => {
    receive();
    await until("a copy", isCopied);
    await keep();
    const start = await moment();
    await add(100);
    const between = await moment();
    await scripts.sql("DROP TABLE runs, registered_models CASCADE");
    await moment();
    await written();
    await keep();
    assert.equal(await rowsAt(between), 600);
    assert.equal(await rowsAt(start), 500);
    const said = await scripts.done("wal-repository.sh", "list", variables());
    assert.match(said, /^every moment from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d to .* UTC, for --at$/);
    // The load that a restore ends with takes such a dump as any other.
    await scripts.sql("CREATE TABLE runs (id int)");
    const loaded = { COPY: at("restored"), OLD: at("old") };
    assert.match(await scripts.done("backup-database.sh", "load", loaded), /602 rows|502 rows/);
  });

  it("says from when to when it knows, and refuses any other moment", async () => {
    const early = await moment();
    receive();
    await until("a copy", isCopied);
    await keep();
    const before = await fetched(early);
    assert.equal(before.code, 3);
    assert.match(before.said, /the log does not go back to .* UTC; it begins at: \d{4}-/);
    const later = spoken(new Date(Date.now() + 3600_000));
    assert.equal((await fetched(later)).code, 0);
    const late = await replay(later);
    assert.equal(late.code, 3);
    assert.match(
      late.said,
      /the log that was kept ends at \d{4}-.*: nobody can tell .* Choose an earlier --at/,
    );
  });

  long("knows a moment in which nothing happened", async () => {
    receive();
    await until("a copy", isCopied);
    await keep();
    const idle = await moment();
    await moment();
    await keep();
    assert.equal(await rowsAt(idle), 500);
  });

  long(
    "goes on from copy to copy, keeps one log of each, and none that is older than it is to go back",
    async () => {
      receive({ COPY_EVERY: "3" });
      await until("a copy", isCopied);
      await keep();
      const [first] = names();
      await add(10);
      const early = await moment();
      await until("another copy", isCopied);
      await keep();
      await add(10);
      const late = await moment();
      await written();
      await stop();
      await keep();
      assert.ok(names().length >= 2, names().join());
      assert.equal(names()[0], first);
      assert.equal(await rowsAt(early), 510);
      assert.equal(await rowsAt(late), 520);
      // The third begins the log of itself, and what is too old goes with it.
      receive({ COPY_EVERY: "3" });
      await until("a third copy", isCopied);
      await stop();
      await scripts.done("wal-repository.sh", "once", variables({ KEEP_WITHIN: "0h" }));
      const left = names();
      assert.equal(left.length, 1);
      assert(left[0] !== undefined && left[0] > late.replace(/[-:]/g, "").replace(" ", "T"));
      assert.equal((await fetched(early)).code, 3);
    },
  );

  long("goes on after the receiver or the keeper was killed", async () => {
    receive();
    await until("a copy", isCopied);
    await keep();
    process.kill(-(receiver?.pid ?? 0), "SIGKILL");
    await add(7);
    receive();
    const then = await moment();
    await written();
    await moment();
    await keep();
    assert.equal(names().length, 1);
    assert.equal(await rowsAt(then), 507);
  });

  long("begins anew where the server let go of the log, and says so", async () => {
    receive();
    await until("a copy", isCopied);
    await keep();
    const [first] = names();
    const before = await moment();
    await written();
    await keep();
    await stop();
    // More than the slot may hold back.
    for (let round = 0; round < 8; round += 1) {
      await scripts.sql(
        `SELECT pg_logical_emit_message(false, 'x', repeat('x', 16000000)); SELECT pg_switch_wal(); CHECKPOINT`,
        "postgres",
      );
    }
    const hole = await moment();
    await pause(1100);
    receive();
    await until("another copy", () => heard.match(/begins anew/g)?.length === 2 && isCopied());
    await add(3);
    const after = await moment();
    await written();
    await moment();
    await keep();
    assert.equal(await rowsAt(after), 503);
    assert.equal(await rowsAt(before), 500);
    assert.equal((await fetched(hole)).code, 0);
    const { code, said } = await replay(hole);
    assert.equal(code, 3, said);
    assert.match(said, /nobody can tell what the database was/);
    assert.equal(names()[0], first);
  });

  long("takes a last segment that had only just been made", async () => {
    receive();
    await until("a copy", isCopied);
    await keep();
    await add(5);
    const then = await moment();
    await moment();
    await written();
    await keep();
    assert.equal((await fetched(then)).code, 0);
    const [partial = ""] = readdirSync(at("point/log")).filter((name) => name.endsWith(".partial"));
    const whole = readFileSync(at("point/log", partial));
    const end = whole.findLastIndex((byte) => byte !== 0) + 1;
    writeFileSync(at("point/log", partial), whole.subarray(0, end));
    const { code, said } = await replay(then);
    assert.equal(code, 0, said);
  });

  it("waits where the keeper has the repository locked", async () => {
    receive();
    await until("a copy", isCopied);
    await keep();
    const { PATH } = scripts.command("wal-repository.sh", variables()).env;
    const busy =
      "repo already locked, or: repository is already locked exclusively by PID 7 on wal-archive";
    const script = `#!/bin/sh
[ "$1" = --no-lock ] || { [ -e ${at("tried")} ] || { touch ${at("tried")}; echo "${busy}" >&2; exit 1; }; }
PATH="${PATH}" exec restic "$@"
`;
    mkdirSync(at("busy"));
    writeFileSync(at("busy/restic"), script, { mode: 0o755 });
    const more = variables({ PATH: `${at("busy")}:${PATH}` });
    const { code, said } = await scripts.step("wal-repository.sh", "fetch", more);
    assert.equal(code, 0, said);
    assert.ok(existsSync(at("tried")));
    assert.doesNotMatch(said, /locked/);
  });

  it("refuses a copy with a bit of it changed", async () => {
    receive();
    await until("a copy", isCopied);
    await keep();
    assert.equal((await fetched()).code, 0);
    writeFileSync(at("point/base/PG_VERSION"), "99\n");
    const { code, said } = await replay();
    assert.equal(code, 5);
    assert.match(said, /the copy of the server is not whole/);
  });

  it("tells the Pushgateway when the log was kept last", async () => {
    const bodies: string[] = [];
    const gateway = createServer((request, response) => {
      request.on("data", (text: Buffer) => bodies.push(`${request.url ?? ""} ${text.toString()}`));
      request.on("end", () => response.end());
    }).listen(0, "127.0.0.1");
    await once(gateway, "listening");
    const { port } = gateway.address() as AddressInfo;
    receive({ PUSH_URL: `http://127.0.0.1:${port}` });
    await until("a copy", isCopied);
    await keep();
    await until("a report", () => bodies.length > 0);
    gateway.close();
    assert.match(
      bodies[0] ?? "",
      /^\/metrics\/job\/wal-archive # TYPE slipway_wal_kept_timestamp_seconds gauge\nslipway_wal_kept_timestamp_seconds \d{10}\n$/,
    );
    await until("a report that fails", () => heard.includes("Prometheus is not told"));
    assert.equal(receiver?.exitCode, null);
  });

  /** Names of the copies that are kept, oldest first. */
  function names(): string[] {
    const { env } = scripts.command("wal-repository.sh", variables());
    const listed = execFileSync("restic", ["snapshots", "--json", "--tag", "base"], {
      env,
      encoding: "utf8",
    });
    const snapshots = JSON.parse(listed) as { tags: string[] }[];
    return snapshots.map(({ tags }) => tags.find((tag) => tag !== "base") ?? "").sort();
  }
});
