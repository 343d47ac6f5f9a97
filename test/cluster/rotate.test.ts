import assert from "node:assert/strict";
import { execa } from "execa";
import { NODE_PORTS } from "../../components/well-known.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { longSuite } from "../support/long.ts";
import { underLoad } from "./support/constant-load.ts";
import { mlflow, password, storedRows } from "./support/mlflow.ts";
import { kubectl, needPulumi, readyReplicas, until } from "./support/sandbox.ts";

longSuite("npm run rotate, in the cluster under load", function () {
  this.timeout(900_000);
  before(async function () {
    await needPulumi(this);
    await readyReplicas("diabetes-model-api", 3);
  });

  it("makes every password anew; no request fails, no row is lost, and the old ones open nothing", async () => {
    const [rows, old] = [await storedRows(), await password()];
    const load = await underLoad(async () => {
      const args = ["--stack", "sandbox", "--all", "--yes", "--dirty"];
      await execa({ cwd: ROOT, all: true })`npm run --silent rotate -- ${args}`;
    });
    assert.deepEqual(load.failures, []);
    assert.ok(load.answered > 0);
    const after = await storedRows();
    assert.deepEqual(
      rows.filter((row) => !after.includes(row)),
      [],
    );

    const renewed = await password();
    assert.notEqual(renewed, old);
    await mlflow("GET", "registered-models/search?max_results=1");
    const url = `http://localhost:${NODE_PORTS.mlflow}/api/2.0/mlflow/registered-models/search?max_results=1`;
    const headers = { authorization: `Basic ${btoa(`admin:${old}`)}` };
    assert.equal((await fetch(url, { headers })).status, 401);

    await until("every replica reaches the registry", async () => {
      const query = encodeURIComponent("min(slipway_registry_up)");
      const path = `/api/v1/namespaces/slipway-sandbox/services/prometheus:9090/proxy/api/v1/query?query=${query}`;
      return /"value":\[[^\]]*"1"\]/.test(await kubectl("get", "--raw", path));
    });
  });
});
