import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import {
  listeningPorts,
  missingCapabilities,
  releaseProblems,
  resourceProblems,
} from "../../../tools/sandbox/from-source/preflight.ts";
import { isRunning, startTime } from "../../../tools/sandbox/from-source/process-table.ts";
import { mountPoints } from "../../../tools/sandbox/from-source/teardown.ts";

describe("the sandbox's view of the machine", () => {
  it("finds the ports that are listened on, and no others", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert(address !== null && typeof address === "object");
    const table = (): Promise<string> => readFile("/proc/net/tcp", "utf8");
    assert(listeningPorts(await table()).has(address.port));
    server.close();
    await once(server, "close");
    assert(!listeningPorts(await table()).has(address.port));
  });

  it("names each missing capability", () => {
    const all = "CapEff:\t000001ffffffffff\n";
    assert.deepEqual(missingCapabilities(all), []);
    const withoutAdmin = "CapEff:\t000001ffffdfffff\n";
    assert.deepEqual(missingCapabilities(withoutAdmin), [
      "lacks the capability CAP_SYS_ADMIN: start the machine or container with it",
    ]);
  });

  it("says how a release of Kubernetes is written", () => {
    assert.deepEqual(releaseProblems("v1.35.4"), []);
    assert.deepEqual(releaseProblems(), []);
    for (const version of ["1.35.4", "v1.35", "v1.35.4-rc.1", ""]) {
      assert.deepEqual(releaseProblems(version), [
        `SLIPWAY_KUBERNETES (${version}) names no release: write it as v1.36.3`,
      ]);
    }
  });

  it("names each folder without room, which is why tests on real pods are skipped and not failed", async () => {
    const of = async (gib: number) => {
      const problems = await resourceProblems(() => Promise.resolve(gib * 2 ** 30));
      return problems.filter((text) => text.includes("GiB free"));
    };
    assert.deepEqual(await of(100), []);
    const [cache = "", data = "", ...more] = await of(3.3);
    assert.match(cache, /has 3\.3 GiB free, (4|16) are needed: .*SLIPWAY_CACHE/);
    assert.match(data, /has 3\.3 GiB free, 4 are needed: .*SLIPWAY_DATA/);
    assert.deepEqual(more, []);
  });

  it("reads a process's start time past brackets and spaces in its name", () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 4)).join(" ");
    assert.equal(startTime(`42 (a ) b (c) S ${fields}`), 22);
  });

  it("takes no other process for its own when an id is used again", async () => {
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const started = startTime(await readFile(`/proc/${pid}/stat`, "utf8"));
    assert.equal(await isRunning({ name: "sleep", pid, started }), true);
    assert.equal(await isRunning({ name: "sleep", pid, started: started - 1 }), false);
    child.kill();
    await once(child, "exit");
    assert.equal(await isRunning({ name: "sleep", pid, started }), false);
  });

  it("undoes the escapes in mount points", () => {
    const text =
      "36 35 98:0 / /mnt/a\\040b rw - ext3 /dev/root rw\n37 35 0:5 / /proc rw - proc p rw\n";
    assert.deepEqual(mountPoints(text), ["/mnt/a b", "/proc"]);
  });
});
