import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { sendTest } from "../../../tools/ops/alerting.ts";
import { AlertingWorld, PlayedReceiver, alertingMissing } from "../../support/alerting-world.ts";
import { stack } from "../../support/evaluation.ts";
import { PYTHON } from "../../support/mlflow-server.ts";

describe("alerts, from a metric to who is told", function () {
  this.timeout(240_000);
  const reason = alertingMissing();
  if (reason !== undefined) {
    it.skip(`cannot be played: ${reason}`);
    return;
  }
  const world = new AlertingWorld();
  const [all, critical] = [new PlayedReceiver(), new PlayedReceiver()];

  before(async () => {
    const receivers = [
      { kind: "webhook", url: await all.start(), token: "canary" },
      { kind: "webhook", url: await critical.start(), severity: "critical" },
    ];
    await world.start(await stack("dev", { monitoring: { alerts: { receivers } } }));
  });
  after(async () => {
    await world.stop();
    for (const receiver of [all, critical]) receiver.stop();
  });

  async function tells(receiver: PlayedReceiver, alert: string): Promise<void> {
    for (let second = 0; second < 90; second++) {
      if (receiver.alerts.some(({ labels }) => labels["alertname"] === alert)) return;
      await sleep(1000);
    }
    assert.fail(`nobody was told of ${alert}`);
  }

  it("`npm run alert-test` reaches everybody, and ends by itself", async () => {
    const lines: string[] = [];
    assert.deepEqual(await sendTest(world, (line) => lines.push(line)), []);
    assert.equal(lines.at(-1), "webhook: delivered, all 2");
    for (const receiver of [all, critical]) {
      const [told] = receiver.alerts;
      assert.equal(told?.status, "firing");
      assert.deepEqual(told.labels, {
        ...{ alertname: "AlertTest", severity: "critical", environment: "slipway-dev" },
      });
      assert.equal(told.annotations["runbook"], "docs/runbooks/alerts.md#alerttest");
    }
    assert.equal(all.authorization, "Bearer canary");
    const left = await (await fetch(`${world.pushgateway}/metrics`)).text();
    assert.doesNotMatch(left, /^slipway_alert_test/m);
  });

  it("tells who is not reached", async () => {
    critical.status = 401;
    assert.deepEqual(await sendTest(world, () => undefined, 10), ["webhook"]);
    critical.status = 200;
  });

  it("a training that the gate rejected is told to those who want warnings, by its own Job's words", async () => {
    const say =
      "import sys; from training.told import tell; tell(sys.argv[1], sys.argv[2], sys.argv[3])";
    const env = { PYTHONPATH: "training/src" };
    await execa(PYTHON, ["-c", say, world.pushgateway, "iris-model", "rejected"], { env });
    await tells(all, "TrainingRejected");
    const told = all.alerts.find(({ labels }) => labels["alertname"] === "TrainingRejected");
    assert.equal(told?.labels["model"], "iris-model");
    assert.ok(!critical.alerts.some(({ labels }) => labels["alertname"] === "TrainingRejected"));
  });
});
