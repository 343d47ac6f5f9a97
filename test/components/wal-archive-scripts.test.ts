import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { SKIPPED } from "../support/backup-scripts.ts";
import { long } from "../support/long.ts";
import { WalArchive, moment, spoken, until } from "../support/wal-archive.ts";

describe(`the log of every change, with a real Postgres and restic${SKIPPED}`, () => {
  let archive: WalArchive;
  const undo: (() => Promise<void>)[] = [];

  before(async function () {
    if (SKIPPED) this.skip();
    archive = await WalArchive.start();
    undo.push(() => archive.end());
  });
  after(async () => {
    for (const step of undo) await step();
  });
  beforeEach(() => archive.reset());

  it("brings back what the database was at a moment between two backups", async () => {
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    const start = await moment();
    await archive.add(100);
    const between = await moment();
    await archive.scripts.sql("DROP TABLE runs, registered_models CASCADE");
    await moment();
    await archive.written();
    await archive.keep();
    assert.equal(await archive.rowsAt(between), 600);
    assert.equal(await archive.rowsAt(start), 500);
    const said = await archive.scripts.done("wal-repository.sh", "list", archive.variables());
    assert.match(said, /^every moment from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d to .* UTC, for --at$/);
    // The load that a restore ends with takes such a dump as any other.
    await archive.scripts.sql("CREATE TABLE runs (id int)");
    const loaded = { COPY: archive.at("restored"), OLD: archive.at("old") };
    assert.match(
      await archive.scripts.done("backup-database.sh", "load", loaded),
      /602 rows|502 rows/,
    );
  });

  it("says from when to when it knows, and refuses any other moment", async () => {
    const early = await moment();
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    const before = await archive.fetched(early);
    assert.equal(before.code, 3);
    assert.match(before.said, /the log does not go back to .* UTC; it begins at: \d{4}-/);
    const later = spoken(new Date(Date.now() + 3600_000));
    assert.equal((await archive.fetched(later)).code, 0);
    const late = await archive.replay(later);
    assert.equal(late.code, 3);
    assert.match(
      late.said,
      /the log that was kept ends at \d{4}-.*: nobody can tell .* Choose an earlier --at/,
    );
  });

  long("knows a moment in which nothing happened", async () => {
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    const idle = await moment();
    await moment();
    await archive.keep();
    assert.equal(await archive.rowsAt(idle), 500);
  });

  long(
    "goes on from copy to copy, keeps one log of each, and none that is older than it is to go back",
    async () => {
      archive.receive({ COPY_EVERY: "3" });
      await archive.copied("a copy");
      await archive.keep();
      const [first] = archive.names();
      await archive.add(10);
      const early = await moment();
      await archive.copied("another copy");
      await archive.keep();
      await archive.add(10);
      const late = await moment();
      await archive.written();
      await archive.stop();
      await archive.keep();
      assert.ok(archive.names().length >= 2, archive.names().join());
      assert.equal(archive.names()[0], first);
      assert.equal(await archive.rowsAt(early), 510);
      assert.equal(await archive.rowsAt(late), 520);
      // The third begins the log of itself, and what is too old goes with it.
      archive.receive({ COPY_EVERY: "3" });
      await archive.copied("a third copy");
      await archive.stop();
      await archive.scripts.done(
        "wal-repository.sh",
        "once",
        archive.variables({ KEEP_WITHIN: "0h" }),
      );
      const left = archive.names();
      assert.equal(left.length, 1);
      assert(left[0] !== undefined && left[0] > late.replace(/[-:]/g, "").replace(" ", "T"));
      assert.equal((await archive.fetched(early)).code, 3);
    },
  );

  long("goes on after the receiver or the keeper was killed", async () => {
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    archive.kill();
    await archive.add(7);
    archive.receive();
    const then = await moment();
    await archive.written();
    await moment();
    await archive.keep();
    assert.equal(archive.names().length, 1);
    assert.equal(await archive.rowsAt(then), 507);
  });

  long("begins anew where the server let go of the log, and says so", async () => {
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    const [first] = archive.names();
    const before = await moment();
    await archive.written();
    await archive.keep();
    await archive.stop();
    // More than the slot may hold back.
    for (let round = 0; round < 8; round += 1) {
      await archive.scripts.sql(
        `SELECT pg_logical_emit_message(false, 'x', repeat('x', 16000000)); SELECT pg_switch_wal(); CHECKPOINT`,
        "postgres",
      );
    }
    const hole = await moment();
    await pause(1100);
    archive.receive();
    await until(
      "another copy",
      () => archive.heard.match(/begins anew/g)?.length === 2 && archive.isCopied(),
    );
    await archive.add(3);
    const after = await moment();
    await archive.written();
    await moment();
    await archive.keep();
    assert.equal(await archive.rowsAt(after), 503);
    assert.equal(await archive.rowsAt(before), 500);
    assert.equal((await archive.fetched(hole)).code, 0);
    const { code, said } = await archive.replay(hole);
    assert.equal(code, 3, said);
    assert.match(said, /nobody can tell what the database was/);
    assert.equal(archive.names()[0], first);
  });

  long("takes a last segment that had only just been made", async () => {
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    await archive.add(5);
    const then = await moment();
    await moment();
    await archive.written();
    await archive.keep();
    assert.equal((await archive.fetched(then)).code, 0);
    const [partial = ""] = readdirSync(archive.at("point/log")).filter((name) =>
      name.endsWith(".partial"),
    );
    const whole = readFileSync(archive.at("point/log", partial));
    const end = whole.findLastIndex((byte) => byte !== 0) + 1;
    writeFileSync(archive.at("point/log", partial), whole.subarray(0, end));
    const { code, said } = await archive.replay(then);
    assert.equal(code, 0, said);
  });

  it("waits where the keeper has the repository locked", async () => {
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    const { PATH } = archive.scripts.command("wal-repository.sh", archive.variables()).env;
    const busy =
      "repo already locked, or: repository is already locked exclusively by PID 7 on wal-archive";
    const script = `#!/bin/sh
[ "$1" = --no-lock ] || { [ -e ${archive.at("tried")} ] || { touch ${archive.at("tried")}; echo "${busy}" >&2; exit 1; }; }
PATH="${PATH}" exec restic "$@"
`;
    mkdirSync(archive.at("busy"));
    writeFileSync(archive.at("busy/restic"), script, { mode: 0o755 });
    const more = archive.variables({ PATH: `${archive.at("busy")}:${PATH}` });
    const { code, said } = await archive.scripts.step("wal-repository.sh", "fetch", more);
    assert.equal(code, 0, said);
    assert.ok(existsSync(archive.at("tried")));
    assert.doesNotMatch(said, /locked/);
  });

  it("refuses a copy with a bit of it changed", async () => {
    archive.receive();
    await archive.copied("a copy");
    await archive.keep();
    assert.equal((await archive.fetched()).code, 0);
    writeFileSync(archive.at("point/base/PG_VERSION"), "99\n");
    const { code, said } = await archive.replay();
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
    archive.receive({ PUSH_URL: `http://127.0.0.1:${port}` });
    await archive.copied("a copy");
    await archive.keep();
    await until("a report", () => bodies.length > 0);
    gateway.close();
    assert.match(
      bodies[0] ?? "",
      /^\/metrics\/job\/wal-archive # TYPE slipway_wal_kept_timestamp_seconds gauge\nslipway_wal_kept_timestamp_seconds \d{10}\n$/,
    );
    await until("a report that fails", () => archive.heard.includes("Prometheus is not told"));
    assert.ok(archive.receives);
  });
});
