import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Children, type Command } from "../../../tools/lib/children.ts";
import { Supervised } from "../../../tools/local/supervised.ts";

const BACK_OFF = { first: 50, longest: 100, steady: 60_000 };

describe("a supervised child", () => {
  let children: Children;
  let ended: AbortController;
  let said: string[];
  let folder: string;

  const run = (script: string, onEnd: () => void = () => undefined): Supervised => {
    const argv: Command["argv"] = [process.execPath, "-e", script];
    const say = (message: string): void => {
      said.push(message);
      onEnd();
    };
    return new Supervised(children, { name: "api", argv }, say, ended.signal, BACK_OFF);
  };
  const until = async (count: number): Promise<void> => {
    for (let turn = 0; said.length < count && turn < 600; turn++) await sleep(50);
    assert.ok(said.length >= count, `said only ${said.length} times`);
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-supervised-"));
    children = new Children(folder);
    ended = new AbortController();
    said = [];
  });

  afterEach(async () => {
    ended.abort();
    await children.stop();
  });

  it("is started again with growing pauses, its last words said and its log kept", async () => {
    const { hopeless } = run("console.log('no such module'); process.exit(3)");
    await until(3);
    const pauses = said.map((message) => /again in ([\d.]+) s/.exec(message)?.[1]);
    assert.deepEqual(pauses.slice(0, 3), ["0.05", "0.1", "0.1"]);
    assert.match(said[0] ?? "", /^api ended unexpectedly with exit code 3; .*no such module$/s);
    const log = readFileSync(path.join(folder, "api.log"), "utf8");
    assert.ok((log.match(/no such module/g) ?? []).length >= 3);
    assert.equal(hopeless.aborted, true);
    assert.match(String(hopeless.reason), /api ended .* exit code 3, 3 times in a row/);
  });

  it("is not given up when it answered in between", async () => {
    const hopelessBefore: boolean[] = [];
    const supervised = run("process.exit(3)", () => {
      hopelessBefore.push(supervised.hopeless.aborted);
      if (said.length === 2) supervised.answers();
    });
    await until(5);
    assert.deepEqual(hopelessBefore.slice(0, 5), [false, false, false, false, true]);
  });

  it("is left alone once the loop ends", async () => {
    run("process.exit(3)");
    await until(1);
    ended.abort();
    await sleep(500);
    assert.equal(said.length, 1);
  });
});
