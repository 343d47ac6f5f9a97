import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { ROOT } from "../../../tools/lib/paths.ts";
import { Start } from "../../support/start-process.ts";

const PAGE = path.join(ROOT, "docs/closing-the-loop.md");
const [BASE, API] = [24100, "http://127.0.0.1:24110"];
const CUSTOMERS = path.join(ROOT, "examples/closed-loop/customers");

/** The commands of the page's blocks, each block a list. */
const blocks = [...readFileSync(PAGE, "utf8").matchAll(/```sh\n(.*?)```/gs)].map(([, text = ""]) =>
  text.trim().split("\n"),
);

describe("docs/closing-the-loop.md, followed command by command", function () {
  this.timeout(400_000);
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-closing-"));
  const data = path.join(folder, "data");
  let loop: Start | undefined;

  /** Runs a command of the page, but in this test's folder and on its ports. */
  async function follow(command: string): Promise<string> {
    if (command.startsWith("sleep ")) {
      await sleep(Number(command.slice(6)) * 1000);
      return "";
    }
    const own = command.startsWith("npm run")
      ? `${command.includes(" -- ") ? command : `${command} --`} --data-dir ${data}`
      : command.replace(/ callers$/, ` callers ${API}`);
    const [program = "", ...words] = own.split(" ");
    const { all, exitCode } = await execa(program, words, { cwd: ROOT, all: true, reject: false });
    assert.equal(exitCode, 0, `${command}\n${all}`);
    return all;
  }

  async function step(index: number): Promise<string[]> {
    const said: string[] = [];
    for (const command of blocks[index] ?? []) said.push(await follow(command));
    return said;
  }

  before(() => {
    rmSync(CUSTOMERS, { recursive: true, force: true });
  });

  after(async () => {
    loop?.process.kill("SIGINT");
    await loop?.exited;
    await loop?.allGone(20);
    rmSync(folder, { recursive: true, force: true });
    rmSync(CUSTOMERS, { recursive: true, force: true });
  });

  it("trains from October, and keeps what is asked", async () => {
    const [october = "", start = ""] = blocks[0] ?? [];
    await follow(october);
    const words = start.replace("npm start -- ", "").split(" ");
    loop = new Start([...words, "--data-dir", data, "--port-base", String(BASE)]);
    assert.deepEqual((await loop.ready(200)).failed, {});
  });

  it("sees that the world has changed, by features and by labels", async () => {
    const [callers = ""] = await step(1);
    const wrong = Number(/, (\d+\.\d) % of them right/.exec(callers)?.[1]);
    assert(wrong < 75, callers);
    const [seen = ""] = await step(2);
    assert.match(seen, /monthly_charge +\d\.\d+ +shifted/);
    assert.match(seen, /1200 of these predictions have one/);
    assert.match(seen, /accuracy +0\.[0-6]/);
  });

  it("trains for a reason once there are new rows, and the API follows", async () => {
    const [idle = ""] = await step(3);
    assert.match(idle, /not due/);
    const [, trained = "", difference = "", history = ""] = await step(4);
    assert.match(trained, /promoted/);
    assert.match(trained, /rows: 1200 of 500/);
    assert.match(difference, /monthly_charge/);
    assert.match(history, /churn-model/);
    // The API looks the alias up every few seconds.
    await sleep(10_000);
    const [again = ""] = await step(5);
    const right = Number(/, (\d+\.\d) % of them right/.exec(again)?.[1]);
    assert(right > 85, again);
  });
});
