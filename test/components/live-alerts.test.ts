import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Monitoring } from "../../components/monitoring.ts";
import { AlertingWorld, alertingMissing } from "../support/alerting-world.ts";
import { type Described, components, stack, testNamespace } from "../support/evaluation.ts";
import { JudgedModel } from "../support/judged-model.ts";

const MODEL = "judged-model";
const BATCH = { name: "nightly", source: "s3://shop/clients/*.csv", schedule: "0 3 * * *" };
const RECEIVERS = [{ kind: "webhook" as const, url: "http://127.0.0.1:9/nobody" }];

describe("the alerts of live models", () => {
  const rulesOf = (of: Described) => of.files("prometheus")["rules.yml"] ?? "";
  const dev = (settings: object) =>
    stack("dev", { models: [{ file: "diabetes.yaml", ...settings }] });

  it("are there for what is judged and answered, by its schedule, and for nothing else", async () => {
    const captured = rulesOf(await dev({ capture: { schedule: "20 3 * * *" } }));
    const last = 'slipway_monitoring_last_run_timestamp_seconds{model="diabetes-model"}';
    assert.ok(captured.includes(`time() - max by (model) (${last}) > ${49 * 3600}`), captured);
    assert.match(captured, /LiveDrift/);
    assert.doesNotMatch(captured, /slipway_batch_/);
    const answered = rulesOf(await dev({ batch: [BATCH] }));
    const of = 'model="diabetes-model",batch="nightly"';
    assert.ok(answered.includes(`{${of}}) > ${49 * 3600}`), answered);
    assert.doesNotMatch(answered, /slipway_monitoring_|slipway_live_/);
    assert.doesNotMatch(rulesOf(await dev({})), /slipway_(monitoring|live|batch)_/);
  });

  it("are there for an operator's Prometheus too", async () => {
    const models = [{ file: "diabetes.yaml", capture: {} }];
    const operator = await stack("dev", { models, monitoring: { kind: "operator" } });
    const rules = JSON.stringify(operator.object("PrometheusRule", "monitoring"));
    assert.match(rules, /MonitoringTooOld/);
    assert.doesNotMatch(rules, /BatchTooOld/);
  });
});

describe("the alerts of a live model, made to fire by their causes", function () {
  this.timeout(600_000);
  const reason = alertingMissing();
  if (reason !== undefined) {
    it.skip(`cannot run: ${reason}`);
    return;
  }
  const world = new AlertingWorld();
  let model: JudgedModel;

  before(async () => {
    const described = await components(() => {
      new Monitoring("monitoring", {
        ...{ namespace: testNamespace(), apis: [], settings: { alerts: { receivers: RECEIVERS } } },
        live: [{ model: MODEL, capture: { schedule: "20 * * * *" }, batch: [BATCH] }],
      });
      return {};
    });
    // Hours, and days, are half a minute here; what has to be so for long, for a second.
    const hurried = (rules: string) =>
      rules.replaceAll(/^( +for: )\S+$/gm, "$11s").replaceAll(/ > (10800|176400)$/gm, " > 30");
    await world.start(described, {}, hurried);
    model = await JudgedModel.train(MODEL, world.pushgateway);
  });
  after(async () => {
    await model.stop();
    await world.stop();
  });

  /** Names of the alerts that fire. */
  async function firing(): Promise<string[]> {
    const answer = await fetch(`${world.prometheus}/api/v1/alerts`);
    const { data } = (await answer.json()) as {
      data: { alerts: { state: string; labels: Record<string, string> }[] };
    };
    return data.alerts
      .filter(({ state, labels }) => state === "firing" && labels["model"] === MODEL)
      .map(({ labels }) => labels["alertname"] ?? "");
  }

  /** Waits until these fire, and these do not. */
  async function until(fire: string[], quiet: string[] = []): Promise<void> {
    let now: string[] = [];
    for (let tries = 0; tries < 90; tries++) {
      now = await firing();
      const fits =
        fire.every((one) => now.includes(one)) && !quiet.some((one) => now.includes(one));
      if (fits) return;
      await sleep(1000);
    }
    assert.fail(`${now.join(", ")} fire; awaited: ${fire.join(", ")}, and not ${quiet.join(", ")}`);
  }

  it("MonitoringUnknown and BatchUnknown tell of Jobs that never did what they are for", async () => {
    await until(["MonitoringUnknown", "BatchUnknown"]);
  });

  it("nothing fires of a log that is empty, or has few rows, however far they are off", async () => {
    model.monitor();
    await until([], ["MonitoringUnknown"]);
    model.keep({ rows: 50, moved: 5, wrong: 20 });
    model.monitor();
    await sleep(3000);
    const mine = (await firing()).filter((name) => !/^Batch|TooOld$/.test(name));
    assert.deepEqual(mine, []);
  });

  it("LiveDrift and LiveMetricWorse tell of another world, RetentionFailed of what is not deleted", async () => {
    model.keep({ rows: 300, moved: 2, wrong: 200 });
    model.breakRetention();
    model.monitor();
    await until(["LiveDrift", "LiveMetricWorse", "RetentionFailed"]);
  });

  it("MonitoringTooOld tells of a Job that no longer ends well", async () => {
    await until(["MonitoringTooOld"], ["MonitoringUnknown"]);
  });

  it("BatchFailed tells of a source that is not there, until the next batch is answered", async () => {
    assert.equal(model.batch("nightly", "gone.csv"), 2);
    await until(["BatchFailed"], ["BatchUnknown"]);
    assert.equal(model.batch("nightly", "rows.csv"), 0);
    await until([], ["BatchFailed", "BatchUnknown"]);
  });

  it("BatchTooOld tells of one that is no longer run", async () => {
    await until(["BatchTooOld"]);
  });
});
