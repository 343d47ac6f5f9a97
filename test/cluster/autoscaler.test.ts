import assert from "node:assert/strict";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import { kubectl, nodeUrl, until } from "./support/sandbox.ts";
import { NODE_PORTS } from "../../components/well-known.ts";

async function replicas(): Promise<number> {
  const path = "jsonpath={.status.replicas}";
  return Number(await kubectl("get", "deployment/diabetes-model-api", "-o", path));
}

describe("the autoscaler", () => {
  it("adds replicas under load and takes them away again", async function () {
    this.timeout(15 * 60_000);
    const before = await replicas();
    const url = await nodeUrl(NODE_PORTS.firstModel);
    const load = execa("npm", ["run", "loadtest", "--", "--url", url, "--scenario", "ramp"], {
      cwd: ROOT,
      reject: false,
    });
    await until("more replicas", async () => (await replicas()) > before, 240);
    const { exitCode, stdout } = await load;
    // 99: a latency threshold was crossed, which two cores may do under a ramp; a failed request is not.
    assert(exitCode === 0 || exitCode === 99, stdout);
    assert.match(stdout, /http_req_failed[^\n]*0\.00%/);
    await until("as many replicas as before", async () => (await replicas()) === before, 420);
  });
});
