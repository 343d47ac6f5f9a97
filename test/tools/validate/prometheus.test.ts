import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Rule, alertRules } from "../../../components/lib/alert-rules.ts";
import { toYaml } from "../../../components/lib/yaml.ts";
import { DASHBOARDS } from "../../../dashboards/all.ts";
import { Metrics } from "../../../serving/src/metrics.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { promtool, promtoolMissing } from "../../../tools/validate/promtool.ts";
import { type Series, alertTestOf } from "../../support/alert-test.ts";
import { stack } from "../../support/evaluation.ts";
import { WATCHED } from "../../support/watched-models.ts";

const JOB = "iris-model-api";
const BACKUPS = { alertAfterHours: 1, drill: { alertAfterHours: 2 }, pointInTime: {} };
const rules = alertRules({
  apis: [{ job: JOB, maxReplicas: 4 }],
  backups: BACKUPS,
  database: { kind: "bundled", size: "5Gi" },
  endpoint: true,
  live: WATCHED,
  objectStore: "seaweedfs",
  sleeps: true,
  told: true,
});

const alertTest = alertTestOf(rules);

describe("promtool", function () {
  this.timeout(120_000);
  const reason = promtoolMissing();
  if (reason !== undefined) {
    it.skip(`cannot run: ${reason}`);
    return;
  }

  for (const name of ["dev", "staging", "prod", "sandbox"]) {
    it(`accepts configuration and rules of ${name}`, async () => {
      const files = (await stack(name)).files("prometheus");
      assert.equal(promtool(["check", "config", "prometheus.yml"], files), "");
      assert.equal(promtool(["check", "rules", "--lint-fatal", "rules.yml"], files), "");
    });
  }

  it("refuses a rule with a function that does not exist, and the configuration that names it", () => {
    const broken = toYaml(rules).replaceAll("histogram_quantile(", "histogram_quantil(");
    const files = { "rules.yml": broken, "prometheus.yml": toYaml({ rule_files: ["rules.yml"] }) };
    const unknown = /unknown function with name "histogram_quantil"/;
    assert.match(promtool(["check", "rules", "rules.yml"], files), unknown);
    assert.match(promtool(["check", "config", "prometheus.yml"], files), unknown);
  });

  it("refuses a misspelt key", () => {
    const files = { "prometheus.yml": toYaml({ scrape_config: [] }) };
    assert.match(
      promtool(["check", "config", "prometheus.yml"], files),
      /field scrape_config not found/,
    );
  });

  describe("PredictionApiDown", () => {
    const alert = "PredictionApiDown";
    const up = `up{job="${JOB}",instance="a"}`;
    const info = (instance: string): string =>
      `slipway_model_info{job="${JOB}",instance="${instance}",model="iris-model",version="1"}`;

    it("fires when no pod is there to be asked", () => {
      assert.equal(alertTest(alert, {}, 3, {}), "");
    });

    it("fires when pods run but none has a model", () => {
      assert.equal(alertTest(alert, { [up]: "1x40" }, 3, {}), "");
    });

    it("fires two minutes after the last model went, not at once", () => {
      const series = { [info("a")]: "1x8 stale" };
      assert.equal(alertTest(alert, series, 3), "");
      assert.equal(alertTest(alert, series, 5, {}), "");
    });

    it("stays quiet while one replica of two answers", () => {
      assert.equal(alertTest(alert, { [info("a")]: "1x40", [info("b")]: "1x4 stale" }, 9), "");
    });
  });

  describe("ErrorBudgetBurnsFast and ErrorBudgetBurnsSlowly", () => {
    const count = (status: number, route = "/predict", method = "POST"): string =>
      `slipway_http_request_duration_seconds_count{job="${JOB}",route="${route}",method="${method}",status="${status}"}`;
    const [fast, slowly] = ["ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly"];

    it("fire fast at one error in ten predictions, by each protocol", () => {
      for (const route of ["/predict", "/invocations", "/v2/models/:name/infer"]) {
        const series = { [count(200, route)]: "0+90x60", [count(500, route)]: "0+10x60" };
        assert.equal(alertTest(fast, series, 12, { job: JOB }), "");
      }
    });

    it("are not diluted by probes and scrapes", () => {
      const series = {
        ...{ [count(200)]: "0+9x60", [count(500)]: "0+1x60" },
        ...{
          [count(200, "/ready", "GET")]: "0+900x60",
          [count(200, "/metrics", "GET")]: "0+900x60",
        },
      };
      assert.equal(alertTest(fast, series, 12, { job: JOB }), "");
    });

    it("fire slowly at four in a thousand, and not fast", () => {
      const series = { [count(200)]: "0+996x300", [count(503)]: "0+4x300" };
      assert.equal(alertTest(fast, series, 60), "");
      assert.equal(alertTest(slowly, series, 60, { job: JOB }), "");
    });

    it("stay quiet at one in two thousand, where callers are at fault, and for a few errors of a quiet API", () => {
      const quiet = { [count(200)]: "0+1999x300", [count(500)]: "0+1x300" };
      const callers = { [count(200)]: "0+50x300", [count(422)]: "0+50x300" };
      const few = { [count(200)]: "0+0x100 0+1x8", [count(500)]: "0 0 1 2 3x300" };
      for (const series of [quiet, callers, few])
        for (const alert of [fast, slowly]) assert.equal(alertTest(alert, series, 60), "");
    });

    it("end soon after their cause", () => {
      const series = { [count(200)]: "0+90x400", [count(500)]: "0+30x80 2400x320" };
      assert.equal(alertTest(fast, series, 20, { job: JOB }), "");
      assert.equal(alertTest(fast, series, 60), "");
    });
  });

  describe("TrainingFailed and TrainingRejected", () => {
    const outcome = (one: string) =>
      `slipway_training_outcome{job="training",model="iris-model",outcome="${one}"}`;

    it("fire by the last outcome alone", () => {
      const series = { [outcome("failed")]: "1x8 0x8", [outcome("rejected")]: "0x8 1x8" };
      const labels = { model: "iris-model" };
      assert.equal(alertTest("TrainingFailed", series, 1, labels), "");
      assert.equal(alertTest("TrainingRejected", series, 1), "");
      assert.equal(alertTest("TrainingFailed", series, 4), "");
      assert.equal(alertTest("TrainingRejected", series, 4, labels), "");
    });
  });

  describe("SleepOverdue", () => {
    it("fires when what should sleep or wake has not for an hour", () => {
      const overdue = 'slipway_environment_overdue_seconds{job="sleep-schedule"}';
      assert.equal(alertTest("SleepOverdue", { [overdue]: "0+15x280" }, 62), "");
      assert.equal(alertTest("SleepOverdue", { [overdue]: "0+15x280" }, 67, {}), "");
      assert.equal(alertTest("SleepOverdue", { [overdue]: "0+15x240 0x80" }, 67), "");
    });
  });

  describe("AlertsNotDelivered and AlertTest", () => {
    it("fire where Alertmanager cannot reach somebody", () => {
      const failed =
        'alertmanager_notifications_failed_total{job="alertmanager",integration="slack"}';
      const labels = { integration: "slack" };
      assert.equal(alertTest("AlertsNotDelivered", { [failed]: "0+1x60" }, 10, labels), "");
      assert.equal(alertTest("AlertsNotDelivered", { [failed]: "5x60" }, 10), "");
    });

    it("fire for five minutes after a test was asked for", () => {
      const asked = { slipway_alert_test_timestamp_seconds: "60x100" };
      assert.equal(alertTest("AlertTest", asked, 3, {}), "");
      assert.equal(alertTest("AlertTest", asked, 7), "");
    });
  });

  describe("EndpointDown and CertificateEnding", () => {
    const host = "https://ml.example.com/health";
    const labels = { instance: host };
    const series = (metric: string, job = "endpoint", instance = host) =>
      `${metric}{job="${job}",instance="${instance}"}`;
    const [up, answers] = [series("up"), series("probe_success")];
    const down = "EndpointDown";

    it("EndpointDown fires five minutes after a host no longer answers well, not at once, and for that host alone", () => {
      const other = series("probe_success", "endpoint", "https://mlflow.ml.example.com/health");
      const all = { [up]: "1x60", [answers]: "1x8 0x60", [other]: "1x80" };
      assert.equal(alertTest(down, all, 6), "");
      assert.equal(alertTest(down, all, 8, labels), "");
    });

    it("EndpointDown fires where nobody can say, as the exporter is away", () => {
      const away = { [up]: "1x8 0x60", [answers]: "1x8 stale" };
      assert.equal(alertTest(down, away, 8, labels), "");
    });

    it("EndpointDown is quiet while a roll-out or a waking answers 503, and while the exporter sleeps with all else", () => {
      const waking = { [up]: "1x80", [answers]: "1x8 0x18 1x60" };
      const asleep = { [up]: "1x8 stale", [answers]: "1x4 0x4 stale" };
      for (const each of [waking, asleep]) {
        for (const minutes of [5, 7, 15]) assert.equal(alertTest(down, each, minutes), "");
      }
    });

    it("CertificateEnding fires as a warning two weeks before the end, and as critical one week before it", () => {
      const server = "ml.example.com:443";
      const ends = (days: number) => ({
        [series("probe_ssl_earliest_cert_expiry", "certificate", server)]: `${days * 86_400}x60`,
      });
      const fires = (days: number, severity: Rule["labels"]["severity"]) =>
        alertTest("CertificateEnding", ends(days), 6, { instance: server }, { severity });
      const quiet = (days: number, severity: Rule["labels"]["severity"]) =>
        alertTest("CertificateEnding", ends(days), 6, undefined, { severity });
      assert.equal(quiet(15, "warning"), "");
      assert.equal(fires(13, "warning"), "");
      assert.equal(quiet(13, "critical"), "");
      assert.equal(fires(6, "critical"), "");
    });
  });

  describe("FeatureDrift", () => {
    const psi = (feature: string): string =>
      `slipway_feature_drift_psi{job="${JOB}",instance="a",model="iris-model",version="3",feature="${feature}"}`;

    it("names the one feature that drifted for a quarter of an hour", () => {
      const series = { [psi("petal_width")]: "0.4x80", [psi("petal_length")]: "0.1x80" };
      const labels = { job: JOB, model: "iris-model", feature: "petal_width" };
      assert.equal(alertTest("FeatureDrift", series, 10), "");
      assert.equal(alertTest("FeatureDrift", series, 16, labels), "");
    });
  });

  describe("BackupTooOld, BackupUnknown, RestoreUnknown and RestoreNotProven", () => {
    // Pushed at the beginning, and scraped ever since.
    const made = { slipway_backup_last_success_timestamp_seconds: "0x1000" };
    const proven = { slipway_restore_drill_last_success_timestamp_seconds: "0x1000" };
    const failed = (number: string) => ({ slipway_restore_drill_failed_models: number });

    it("fire once the newest backup is too old, and not before", () => {
      assert.equal(alertTest("BackupTooOld", made, 60), "");
      assert.equal(alertTest("BackupTooOld", made, 66, {}), "");
      assert.equal(alertTest("BackupUnknown", made, 66), "");
    });

    it("fire where no backup has told of itself", () => {
      assert.equal(alertTest("BackupUnknown", {}, 59), "");
      assert.equal(alertTest("BackupUnknown", {}, 61, {}), "");
      assert.equal(alertTest("BackupTooOld", {}, 66), "");
    });

    it("ChangesNotKept fires where none were kept for half an hour, or nobody told of any", () => {
      const kept = (values: string) => ({ slipway_wal_kept_timestamp_seconds: values });
      assert.equal(alertTest("ChangesNotKept", kept("0+15x400"), 90), "");
      assert.equal(alertTest("ChangesNotKept", kept("0x400"), 44), "");
      assert.equal(alertTest("ChangesNotKept", kept("0x400"), 46, {}), "");
      assert.equal(alertTest("ChangesNotKept", {}, 29), "");
      assert.equal(alertTest("ChangesNotKept", {}, 31, {}), "");
    });

    it("fire where no drill has told of itself", () => {
      assert.equal(alertTest("RestoreUnknown", {}, 119), "");
      assert.equal(alertTest("RestoreUnknown", {}, 121, {}), "");
      assert.equal(alertTest("RestoreUnknown", proven, 121), "");
    });

    it("fire where no drill succeeded for long, or the last one failed", () => {
      assert.equal(alertTest("RestoreNotProven", { ...proven, ...failed("0x1000") }, 119), "");
      assert.equal(alertTest("RestoreNotProven", { ...proven, ...failed("0x1000") }, 126, {}), "");
      assert.equal(alertTest("RestoreNotProven", { ...proven, ...failed("1x1000") }, 6, {}), "");
    });
  });

  describe("PostgresDown and ObjectStoreDown", () => {
    for (const [alert, metric] of [
      ["PostgresDown", "pg_up"],
      ["ObjectStoreDown", "SeaweedFS_master_is_leader"],
    ] as const) {
      it(`${alert} fires five minutes after it, or who tells of it, is away`, () => {
        assert.equal(alertTest(alert, { [metric]: "1x40" }, 9), "");
        assert.equal(alertTest(alert, { [metric]: "0x40" }, 4), "");
        assert.equal(alertTest(alert, { [metric]: "0x40" }, 6, {}), "");
        assert.equal(alertTest(alert, {}, 6, {}), "");
      });
    }
  });

  describe("VolumeFilling and VolumeAlmostFull", () => {
    const GiB = 2 ** 30;
    /** Series of each volume that is taken so far, in parts of 100; the second number is what comes every 15 seconds. */
    const volumes: Record<string, (taken: number, more?: number) => Series> = {
      "postgres-data": (taken, more = 0) => ({
        pg_settings_max_wal_size_bytes: `${GiB}x2000`,
        'pg_database_size_bytes{datname="mlflow"}': steps(
          (taken / 20 - 1) * GiB,
          (more / 20) * GiB,
        ),
        'pg_database_size_bytes{datname="postgres"}': "0x2000",
      }),
      "object-store-seaweedfs-data": (taken, more = 0) => ({
        'SeaweedFS_volumeServer_resource{type="avail"}': steps(100 - taken, -more),
        'SeaweedFS_volumeServer_resource{type="all"}': "100x2000",
      }),
      "backup-data": (taken, more = 0) => ({
        slipway_backup_volume_free_bytes: steps(100 - taken, -more),
        slipway_backup_volume_size_bytes: "100x2000",
      }),
    };
    const steps = (from: number, by: number) => `${from}${by < 0 ? "" : "+"}${by.toFixed(9)}x2000`;

    for (const [volume, series] of Object.entries(volumes)) {
      it(`tell of ${volume} once nine tenths are taken, and not before`, () => {
        assert.equal(alertTest("VolumeAlmostFull", series(89), 60, undefined, { volume }), "");
        assert.equal(alertTest("VolumeAlmostFull", series(91), 4, undefined, { volume }), "");
        assert.equal(alertTest("VolumeAlmostFull", series(91), 6, {}, { volume }), "");
      });

      it(`tell of ${volume} where it is full within four days as it grows, once half is taken`, () => {
        // 11,520 steps of 15 seconds are two days, 46,080 eight.
        assert.equal(alertTest("VolumeFilling", series(60, 40 / 11_520), 300, {}, { volume }), "");
        assert.equal(
          alertTest("VolumeFilling", series(60, 40 / 46_080), 300, undefined, { volume }),
          "",
        );
        assert.equal(
          alertTest("VolumeFilling", series(30, 70 / 11_520), 300, undefined, { volume }),
          "",
        );
        assert.equal(alertTest("VolumeFilling", series(60), 300, undefined, { volume }), "");
      });
    }
  });

  it("tells an alert that should fire from one that does", () => {
    assert.match(alertTest("FeatureDrift", {}, 16, { job: JOB }), /FAILED/);
  });
});

describe("alerts and dashboards", () => {
  it("ask for metrics that the prediction API or the sleep schedule has, or Jobs and commands push", async () => {
    const metrics = await new Metrics().registry.getMetricsAsJSON();
    const known = metrics.flatMap(({ name, type }) =>
      // prom-client names the type in text, whatever its declaration says.
      String(type) === "histogram" ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    );
    const asked = JSON.stringify([rules, DASHBOARDS]).match(/slipway_\w+/g) ?? [];
    assert.ok(asked.length > 10);
    const reporting = [
      ...["components/files/backup-report.py", "components/files/restore-drill.mjs"],
      "components/files/wal-archive.sh",
      ...["training/src/training/told.py", "tools/ops/alerting.ts"],
      ...["monitoring/told.py", "prediction/pushed.py"].map(
        (file) => `training/src/training/${file}`,
      ),
      "tools/sleep-schedule/server.ts",
    ].map((file) => readFileSync(join(ROOT, file), "utf8"));
    known.push(...(reporting.join("").match(/slipway_\w+/g) ?? []));
    assert.deepEqual(
      asked.filter((name) => !known.includes(name)),
      [],
    );
  });
});
