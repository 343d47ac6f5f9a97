import assert from "node:assert/strict";
import { alertRules } from "../../../components/lib/alert-rules.ts";
import { ofNamespace } from "../../../components/lib/operated-rules.ts";
import { promtoolMissing } from "../../../tools/validate/promtool.ts";
import { alertTestOf } from "../../support/alert-test.ts";
import { WATCHED } from "../../support/watched-models.ts";

const JOB = "iris-model-api";
const args = {
  apis: [{ job: JOB, maxReplicas: 4 }],
  backups: { alertAfterHours: 1, drill: { alertAfterHours: 2 }, pointInTime: {} },
  database: { kind: "bundled", size: "5Gi" },
  endpoint: true,
  live: WATCHED,
  objectStore: "seaweedfs",
  sleeps: true,
} as const;
const HERE = "slipway-prod";
const rules = alertRules({ ...args, operated: HERE });

const of = (metric: string, namespace: string, more = "") =>
  `${metric}{namespace="${namespace}"${more}}`;

/** Alerts that fire where nothing tells of anything, after how many minutes of it, and with which labels. */
const ABSENT: Record<string, [minutes: number, labels?: object]> = {
  PredictionApiDown: [3],
  PostgresDown: [6],
  ObjectStoreDown: [6],
  ChangesNotKept: [31],
  BackupUnknown: [61],
  RestoreUnknown: [121],
  MonitoringUnknown: [181, { model: "iris-model" }],
  BatchUnknown: [49 * 60 + 1, { model: "iris-model", batch: "nightly" }],
};

describe("rules of a Prometheus that watches others too, and does not sleep", function () {
  this.timeout(120_000);
  const alertTest = alertTestOf(rules);
  const wanted = of("kube_deployment_spec_replicas", HERE, ',deployment="pushgateway"');
  const schedule = of("slipway_environment_asleep", HERE, ',job="sleep-schedule"');

  it("leaves texts and labels alone where it names the namespace", () => {
    const before = `sum by (job) (up{job="up slipway_x"}) + rate(slipway_x[5m]) - max(pg_up)`;
    const after = `sum by (job) (up{namespace="n",job="up slipway_x"}) + rate(slipway_x{namespace="n"}[5m]) - max(pg_up{namespace="n"})`;
    assert.equal(ofNamespace(before, "n"), after);
  });

  it("ask for no series of another namespace", () => {
    for (const { alert, expr } of rules.groups.flatMap((group) => group.rules)) {
      const bare = expr
        .replaceAll(/"[^"]*"/g, '""')
        .matchAll(/\b[A-Za-z]+_\w+(?!\w|\()(\{namespace)?/g);
      for (const [series, named] of bare)
        if (!/^(histogram_quantile|predict_linear)/.test(series))
          assert.ok(named, `${alert}: ${series}`);
    }
  });

  it("keep nothing for themselves that Prometheus does not know", () => {
    assert.doesNotMatch(JSON.stringify([rules, alertRules(args)]), /"absence"/);
  });

  const reason = promtoolMissing();
  if (reason !== undefined) {
    it.skip(`cannot be evaluated: ${reason}`);
    return;
  }

  for (const [alert, [minutes, labels = {}]] of Object.entries(ABSENT)) {
    it(`${alert} fires where nothing tells of anything, and is quiet while all sleeps`, () => {
      const ever = 4 * minutes + 20;
      assert.equal(alertTest(alert, {}, minutes, labels), "");
      // Its pods cannot start, and are wanted.
      assert.equal(alertTest(alert, { [wanted]: `1x${ever}` }, minutes, labels), "");
      assert.equal(alertTest(alert, { [wanted]: `0x${ever}` }, minutes), "");
      assert.equal(alertTest(alert, { [schedule]: `1x${ever}` }, minutes), "");
      assert.equal(alertTest(alert, { [schedule]: `0x${ever}` }, minutes, labels), "");
    });
  }

  it("PredictionApiDown is quiet for ten minutes after waking, and fires where the API is not back then", () => {
    const woken = { [wanted]: "0x40 1x100" };
    assert.equal(alertTest("PredictionApiDown", woken, 19), "");
    assert.equal(alertTest("PredictionApiDown", woken, 24, {}), "");
  });

  it("are hidden by no server of somebody else's, and fire for none", () => {
    const info = (namespace: string) => of("slipway_model_info", namespace, `,job="${JOB}"`);
    assert.equal(alertTest("PredictionApiDown", { [info("slipway-staging")]: "1x40" }, 3, {}), "");
    assert.equal(alertTest("PredictionApiDown", { [info(HERE)]: "1x40" }, 3), "");
    const up = (namespace: string) => of("pg_up", namespace);
    assert.equal(alertTest("PostgresDown", { [up("a-team")]: "1x40" }, 6, {}), "");
    const drift = of("slipway_feature_drift_psi", "slipway-staging", `,job="${JOB}",feature="x"`);
    assert.equal(alertTest("FeatureDrift", { [drift]: "0.4x80" }, 16), "");
  });
});
