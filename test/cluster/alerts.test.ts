import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { readStackKey } from "../../tools/lib/stack/read-stack.ts";
import { CONFIG_FILE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { longSuite } from "../support/long.ts";
import { npm } from "./support/commands.ts";
import { stopElsewhere } from "./support/elsewhere.ts";
import { startReceiver, told, withoutReceivers } from "./support/receiver.ts";
import { kubectl, needPulumi, readyReplicas, until } from "./support/sandbox.ts";

longSuite("alerts, in the cluster", function () {
  this.timeout(900_000);
  let file: string;

  before(async function () {
    await needPulumi(this);
    file = await readFile(CONFIG_FILE, "utf8");
    const receivers = [{ kind: "webhook", url: await startReceiver() }];
    const monitoring = readStackKey("monitoring", CONFIG_FILE) as object | undefined;
    editStackFile(CONFIG_FILE, { "slipway:monitoring": { ...monitoring, alerts: { receivers } } });
    await npm("deploy", "--yes", "--dirty");
  });
  after(async () => {
    await withoutReceivers(file);
    await stopElsewhere();
  });

  it("arrive, as `npm run alert-test` proves", async () => {
    const said = await npm("alert-test");
    assert.match(said, /^webhook: delivered$/m);
    assert.match(await told(), /^firing AlertTest {2}slipway-sandbox$/m);
  });

  it("tell of an API that has no replica any more, and of its return", async () => {
    await kubectl("scale", "deployment/iris-model-api", "--replicas=0");
    try {
      await until(
        "PredictionApiDown is told",
        async () => {
          return /^firing PredictionApiDown iris-model-api /m.test(await told());
        },
        300,
      );
    } finally {
      await kubectl("scale", "deployment/iris-model-api", "--replicas=1");
    }
    await readyReplicas("iris-model-api", 1);
    await until(
      "its end is told",
      async () => {
        return /^resolved PredictionApiDown iris-model-api /m.test(await told());
      },
      480,
    );
  });
});
