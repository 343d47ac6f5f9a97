import assert from "node:assert/strict";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { lockDataDir } from "../../../tools/local/lock.ts";

describe("lockDataDir", () => {
  let folder: string;

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

  it("takes over the lock of a process that is no npm start", () => {
    writeFileSync(path.join(folder, "start.pid"), "1");
    lockDataDir(folder).release();
  });

  it("takes over a spoilt lock", () => {
    writeFileSync(path.join(folder, "start.pid"), "");
    lockDataDir(folder).release();
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
