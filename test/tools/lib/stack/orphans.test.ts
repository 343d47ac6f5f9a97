import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Server, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { endOrphans } from "../../../../tools/lib/stack/orphans.ts";
import { freePort } from "../../../support/processes.ts";

describe("plugins of a killed `up`", () => {
  const started: ChildProcess[] = [];
  let engine: Server;
  before(async () => {
    engine = createServer().listen(0, "127.0.0.1");
    await once(engine, "listening");
  });
  after(() => {
    engine.close();
    for (const child of started) child.kill("SIGKILL");
  });

  /** A process that looks like a plugin, of the engine at that port. */
  function plugin(name: string, port: number, program = "setInterval(() => {}, 1000)") {
    const child = spawn(process.execPath, ["-e", program, `127.0.0.1:${port}`], { argv0: name });
    started.push(child);
    return child;
  }
  const lives = ({ exitCode, signalCode }: ChildProcess) =>
    exitCode === null && signalCode === null;

  it("are ended where their engine is gone, also those that do not listen, and no others", async () => {
    const { port } = engine.address() as AddressInfo;
    const gone = await freePort();
    const orphan = plugin("/home/me/.pulumi/plugins/x/pulumi-resource-played", gone);
    const deaf = plugin(
      "pulumi-language-played",
      gone,
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)",
    );
    const working = plugin("pulumi-resource-played", port);
    const other = plugin("my-pulumi-resource", gone);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await endOrphans();
    assert.deepEqual([orphan, deaf, working, other].map(lives), [false, false, true, true]);
  });
});
