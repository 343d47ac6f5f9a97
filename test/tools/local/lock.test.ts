import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { lockDataDir } from "../../../tools/local/lock.ts";

describe("lockDataDir", () => {
  let folder: string;

  /** Puts a lock there of which the last start left only `holder`. */
  const spoil = (holder: string): void => {
    const locks = path.join(folder, "start.lock");
    mkdirSync(locks, { recursive: true });
    const last = Math.max(0, ...readdirSync(locks).map(Number));
    mkdirSync(path.join(locks, String(last + 1)));
    writeFileSync(path.join(locks, String(last + 1), "holder"), holder);
  };

  /** A process that takes the lock when it is told to and keeps it until its input ends, then dies without release. */
  const race = () => {
    const module = path.resolve("tools", "local", "lock.ts");
    const script = `
      import { createInterface } from "node:readline";
      const { lockDataDir } = await import(${JSON.stringify(module)});
      console.log("prepared");
      for await (const line of createInterface({ input: process.stdin })) {
        try { lockDataDir(${JSON.stringify(folder)}); console.log("held"); }
        catch (error) { console.log(error.name === "Failure" ? "refused" : String(error)); }
      }
      process.kill(process.pid, "SIGKILL");`;
    const argv = ["--import", "tsx", "--input-type=module", "-e", script];
    const racer = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: racer.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    const prepared = next();
    const outcome = prepared.then(next);
    return { process: racer, prepared, outcome, gone: once(racer, "exit") };
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-lock-"));
  });

  it("makes the folder and is gone after release", () => {
    const inner = path.join(folder, "a", "b");
    const lock = lockDataDir(inner);
    assert.ok(existsSync(path.join(inner, "start.pid")));
    lock.release();
    assert.ok(!existsSync(path.join(inner, "start.pid")));
  });

  it("is refused while it is held, naming the process, and free after release", () => {
    const lock = lockDataDir(folder);
    assert.throws(() => lockDataDir(folder), {
      message: `npm start already runs on ${folder} (process ${process.pid}); stop it, or give another --data-dir`,
      exitCode: 1,
    });
    lock.release();
    lockDataDir(folder).release();
  });

  it("is taken over from a process that is gone, though another has its number by now", () => {
    spoil(JSON.stringify({ pid: process.pid, identity: "an earlier process" }));
    lockDataDir(folder).release();
  });

  it("is taken over when it is spoilt", () => {
    for (const text of ["", "null", '{"pid":-1}']) {
      spoil(text);
      lockDataDir(folder).release();
    }
  });

  it("goes to one of many that start at once, over a stale lock too", async function () {
    this.timeout(120_000);
    for (let round = 0; round < 2; round++) {
      if (round > 0) spoil(JSON.stringify({ pid: 1, identity: "an earlier process" }));
      const racers = Array.from({ length: 6 }, () => race());
      await Promise.all(racers.map(({ prepared }) => prepared));
      for (const { process: racer } of racers) racer.stdin.write("go\n");
      const outcomes = await Promise.all(racers.map(({ outcome }) => outcome));
      assert.deepEqual(
        outcomes.filter((one) => one === "held"),
        ["held"],
        outcomes.join(", "),
      );
      assert.equal(outcomes.filter((one) => one === "refused").length, 5);
      for (const { process: racer } of racers) racer.stdin.end();
      await Promise.all(racers.map(({ gone }) => gone));
    }
  });

  it("says that the folder can't be written and what to do", () => {
    const file = path.join(folder, "file");
    writeFileSync(file, "");
    assert.throws(() => lockDataDir(path.join(file, "x")), {
      message: /--data-dir .*can't be written .*give another/,
      exitCode: 4,
    });
  });
});
