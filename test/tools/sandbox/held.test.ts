import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { ROOT } from "../../../tools/lib/paths.ts";

const module = (path: string) => JSON.stringify(join(ROOT, "tools/sandbox", path));

/** Takes the sandbox until it is killed, or says why not. */
const HOLD = `
  const { holdSandbox } = await import(${module("hold.ts")});
  await holdSandbox("npm run sandbox -- up", () => {
    console.log("held");
    return new Promise((done) => setTimeout(done, 300_000));
  }).catch((error) => console.log(error.message));`;

/** Stands in for Pulumi, which notes its calls; `up` finds the lock of a process until \`cancel\`. */
const pulumi = (pid: number) => `#!/bin/sh
echo "$1" "$(echo "$*" | grep -o -- --refresh)" >> "$0.calls"
case "$1" in
  up) [ -e "$0.cancelled" ] || {
    echo 'error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.'
    echo '  file:///state/1.json: created by ada@${hostname()} (pid ${pid}) at 2026-11-28T05:00:00Z'
    exit 255
  } ;;
  cancel) touch "$0.cancelled" ;;
esac
`;

describe("a sandbox that another command works on", function () {
  this.timeout(120_000);
  let folder: string;
  let running: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-held-"));
  });
  afterEach(async () => {
    for (const one of running) await end(one);
    running = [];
    rmSync(folder, { recursive: true });
  });

  const end = async (one: ChildProcess): Promise<void> => {
    if (one.exitCode !== null || one.signalCode !== null) return;
    const gone = once(one, "exit");
    one.kill("SIGKILL");
    await gone;
  };

  /** Node with the sandbox of this test. */
  const node = (...words: string[]) => {
    const env = { ...process.env, SLIPWAY_DATA: join(folder, "sandbox") };
    const argv = ["--import", "tsx", ...words];
    const child = spawn(process.execPath, argv, {
      ...{ cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"] },
    });
    running.push(child);
    return child;
  };
  const script = (code: string) => node("--input-type=module", "-e", code);

  /** A process that tries to take the sandbox, and the first thing that it says. */
  const hold = () => {
    const child = script(HOLD);
    const said = once(child.stdout, "data").then((chunks) => String(chunks[0]).trim());
    return { child, said };
  };

  it("lets one of two go on that start at once, and the next when that one is killed", async () => {
    const both = [hold(), hold()];
    const said = await Promise.all(both.map(({ said }) => said));
    const [holder, ...others] = both.filter((_, place) => said[place] === "held");
    assert.ok(holder, said.join("\n"));
    assert.deepEqual(others, [], said.join("\n"));
    assert.deepEqual(
      said.filter((line) => line !== "held"),
      [
        `\`npm run sandbox -- up\` already runs on ${join(folder, "sandbox")} (process ${holder.child.pid}): ` +
          `wait until it has ended, or end it (\`kill ${holder.child.pid}\`); ` +
          "then `npm run sandbox -- up` goes on from what is there",
      ],
    );
    await end(holder.child);
    assert.equal(await hold().said, "held");
  });

  it("refuses every command that changes something, and tells its state all the same", async () => {
    const { said, child } = hold();
    assert.equal(await said, "held");
    for (const command of ["up", "recreate", "destroy", "cluster up", "cluster down"]) {
      const run = node("tools/sandbox.ts", ...command.split(" "));
      const [complaint] = await Promise.all([text(run.stderr), once(run, "close")]);
      assert.equal(run.exitCode, 1, complaint);
      assert.ok(complaint.includes(`already runs on ${folder}`), complaint);
      assert.ok(complaint.includes(`(process ${child.pid})`), complaint);
    }
    const status = node("tools/sandbox.ts", "status");
    assert.ok(!(await text(status.stderr)).includes("already runs"));
  });

  /** Deploys with a Pulumi that finds the lock of a process; gives what was said and what Pulumi was asked. */
  const deploy = async (holder: number) => {
    const data = join(folder, "sandbox");
    mkdirSync(data);
    writeFileSync(join(data, "Pulumi.sandbox.yaml"), "");
    const command = join(folder, "pulumi");
    writeFileSync(command, pulumi(holder));
    chmodSync(command, 0o755);
    const run = script(`
      const { deployWithPulumi } = await import(${module("deploy-pulumi.ts")});
      const cluster = { env: {}, kubectl: "/nowhere/kubectl" };
      await deployWithPulumi(cluster, ${JSON.stringify(command)}).catch((error) => console.log(error.message));`);
    const said = await text(run.stdout);
    const calls = readFileSync(`${command}.calls`, "utf8").trim().split("\n");
    return { said, calls: calls.map((call) => call.trim()).filter((call) => call !== "--cwd") };
  };

  it("is not taken from a run of Pulumi that lives, of whatever command", async () => {
    const { said, calls } = await deploy(process.pid);
    assert.match(said, new RegExp(`\\(pid ${process.pid}\\): it still runs, so wait for it, or`));
    assert.deepEqual(calls, ["up"]);
  });

  it("is taken from one that was killed, and what it left half made is read from the cluster", async () => {
    const killed = hold().child;
    await end(killed);
    const { said, calls } = await deploy(killed.pid ?? 0);
    assert.doesNotMatch(said, /still runs/);
    assert.deepEqual(calls, ["up", "cancel", "up --refresh"]);
  });
});
