import assert from "node:assert/strict";
import { execa } from "execa";
import { buildAll } from "../../tools/lib/go-build.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { K6 } from "../../tools/sandbox/k6.ts";
import { long } from "../support/long.ts";
import { kubectl, nodeUrl, until } from "./support/sandbox.ts";
import { NODE_PORTS } from "../../components/well-known.ts";

/** As Pulumi.sandbox.yaml says. */
const MOST = 10;

async function replicas(): Promise<number> {
  const path = "jsonpath={.status.replicas}";
  return Number(await kubectl("get", "deployment/diabetes-model-api", "-o", path));
}

describe("the autoscaler", () => {
  let atFirst: number;

  before("the load generator", async function () {
    this.timeout(30 * 60_000);
    await buildAll([K6]);
  });

  it("adds replicas under load", async function () {
    this.timeout(15 * 60_000);
    // What an earlier test's load added stays for five minutes.
    await until("room for more replicas", async () => (await replicas()) < MOST, 420);
    atFirst = await replicas();
    const url = await nodeUrl(NODE_PORTS.firstModel);
    const load = execa("npm", ["run", "loadtest", "--", "--url", url, "--scenario", "ramp"], {
      cwd: ROOT,
      reject: false,
    });
    await until("more replicas", async () => (await replicas()) > atFirst, 240);
    const { exitCode, stdout } = await load;
    // 99: a latency threshold was crossed, which two cores may do under a ramp; a failed request is not.
    assert(exitCode === 0 || exitCode === 99, stdout);
    assert.match(stdout, /http_req_failed[^\n]*0\.00%/);
  });

  // It looks back five minutes before it takes one away.
  long("takes them away again", async function () {
    this.timeout(10 * 60_000);
    await until("as many replicas as at first", async () => (await replicas()) === atFirst, 540);
  });
});
