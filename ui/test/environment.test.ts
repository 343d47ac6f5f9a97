import assert from "node:assert/strict";
import { EnvironmentWatch, PREDICTIONS } from "../src/environment.ts";
import { PREDICTIONS as OF_THE_ALERTS } from "../../components/lib/burn-rate.ts";
import { FakeApi } from "./support/fake-api.ts";
import { answerAsPrometheus } from "./support/fake-prometheus.ts";

const MODELS = [
  { name: "diabetes-model", url: "http://diabetes-model-api.slipway-dev:8000" },
  { name: "iris-model", url: "http://iris-model-api.slipway-dev:8000" },
];
const OF = { job: "diabetes-model-api" };

describe("what the page's server asks Prometheus", () => {
  let prometheus: FakeApi;
  let watch: EnvironmentWatch;

  beforeEach(async () => {
    prometheus = new FakeApi({});
    watch = new EnvironmentWatch(await prometheus.listen(), MODELS);
  });
  afterEach(() => prometheus.close());

  it("is how each model has answered, and which versions its replicas serve", async () => {
    answerAsPrometheus(prometheus, {
      rate: [[OF, "2.5"]],
      p50: [[OF, "0.002"]],
      p99: [[OF, "NaN"]],
      replicas: [
        [{ ...OF, version: "3" }, "2"],
        [{ ...OF, version: "4" }, "1"],
      ],
      drift: [
        [{ ...OF, feature: "Age" }, "0.01"],
        [{ ...OF, feature: "BMI" }, "0.3"],
      ],
    });
    const { models } = await watch.status();
    assert.deepEqual(models, {
      "diabetes-model": {
        rate: 2.5,
        p50: 0.002,
        p99: null,
        replicas: { 3: 2, 4: 1 },
        drift: [
          { feature: "BMI", psi: 0.3 },
          { feature: "Age", psi: 0.01 },
        ],
      },
    });
  });

  it("is what fires, critical first, and neither what may yet fire nor what does not", async () => {
    const warning = { severity: "warning", summary: "drifts" };
    const critical = { severity: "critical", summary: "is down" };
    answerAsPrometheus(
      prometheus,
      {},
      [
        { ...warning, name: "FeatureDrift", activeAt: "2026-11-28T03:00:00Z" },
        { ...critical, name: "PredictionApiDown", activeAt: "2026-11-28T01:00:00Z" },
        { ...critical, name: "PostgresDown", activeAt: "2026-11-28T02:00:00Z" },
        { ...critical, name: "ObjectStoreDown", state: "pending" },
      ],
      ["EndpointDown"],
    );
    const { alerts } = await watch.status();
    assert.deepEqual(
      alerts.map(({ name, summary }) => [name, summary]),
      [
        ["PostgresDown", "is down"],
        ["PredictionApiDown", "is down"],
        ["FeatureDrift", "drifts"],
      ],
    );
  });

  it("is when a backup was made and proven; unknown is not the same as none wanted", async () => {
    answerAsPrometheus(prometheus, { made: [[{}, "1795824000"]] }, [], ["BackupTooOld"]);
    const made = "2026-11-28T00:00:00.000Z";
    assert.deepEqual((await watch.status(0)).backups, { made, proven: null });
    answerAsPrometheus(prometheus, {});
    assert.equal((await watch.status(10_000)).backups, null);
  });

  it("is when the environment sleeps and wakes, where it has such hours", async () => {
    answerAsPrometheus(prometheus, {});
    assert.equal((await watch.status(0)).sleep, null);
    answerAsPrometheus(prometheus, { sleeps: [[{}, "1795824000"]] });
    const sleeps = "2026-11-28T00:00:00.000Z";
    assert.deepEqual((await watch.status(10_000)).sleep, { sleeps, wakes: null });
  });

  it("is asked once in five seconds, however many look", async () => {
    answerAsPrometheus(prometheus, {});
    await Promise.all([watch.status(0), watch.status(1), watch.status(4999)]);
    const once = prometheus.seen.length;
    await watch.status(5000);
    assert.equal(prometheus.seen.length, 2 * once);
    assert.equal(new Set(prometheus.seen.map(({ url }) => url)).size, once);
  });

  it("are the predictions that the alerts watch", () => {
    assert.equal(PREDICTIONS, OF_THE_ALERTS);
  });

  it("may not be answered: then it says so, and by whom", async () => {
    await assert.rejects(
      watch.status(0),
      /The API of Prometheus answered .* 404|Prometheus refused/,
    );
    await prometheus.close();
    await assert.rejects(watch.status(10_000), /The API of Prometheus cannot be reached/);
    await prometheus.listen();
  });
});
