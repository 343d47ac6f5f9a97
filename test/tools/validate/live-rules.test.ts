import assert from "node:assert/strict";
import { alertRules } from "../../../components/lib/alert-rules.ts";
import { promtoolMissing } from "../../../tools/validate/promtool.ts";
import { type Series, alertTestOf } from "../../support/alert-test.ts";
import { WATCHED } from "../../support/watched-models.ts";

const MODEL = "iris-model";
const model = { model: MODEL };
const batch = { ...model, batch: "nightly" };
/** Series of what a Job pushed, with its labels. */
const of = (metric: string, values: string, more: Record<string, string> = model): Series => {
  const labels = Object.entries(more).map(([name, value]) => `${name}="${value}"`);
  return { [`${metric}{${labels.join(",")}}`]: values };
};

describe("alerts of live models", function () {
  this.timeout(120_000);
  const reason = promtoolMissing();
  if (reason !== undefined) {
    it.skip(`cannot run: ${reason}`);
    return;
  }
  const alertTest = alertTestOf(alertRules({ apis: [], live: WATCHED }));

  describe("LiveDrift", () => {
    const shifted = (features: string, answers: string): Series => ({
      ...of("slipway_monitoring_shifted", features, { ...model, of: "features" }),
      ...of("slipway_monitoring_shifted", answers, { ...model, of: "predictions" }),
    });

    it("fires where the newest monitoring found a feature or the answers shifted, once for the model", () => {
      for (const series of [
        shifted("2x40", "0x40"),
        shifted("0x40", "1x40"),
        shifted("2x9", "1x9"),
      ])
        assert.equal(alertTest("LiveDrift", series, 1, model), "");
    });

    it("is quiet where neither has, of few rows, and where the next monitoring finds nothing any more", () => {
      for (const series of [shifted("0x40", "0x40"), {}, shifted("1x4 0x40", "0x40")])
        assert.equal(alertTest("LiveDrift", series, 3), "");
      // A PSI that is large by chance, as rows are few, is none of the shifted.
      const noise = of("slipway_monitoring_psi", "0.9x40", { ...model, feature: "petal_width" });
      assert.equal(alertTest("LiveDrift", { ...noise, ...shifted("0x40", "0x40") }, 3), "");
    });

    it("is quiet of a model that the stack has no longer", () => {
      const gone = of("slipway_monitoring_shifted", "1x40", {
        model: "gone-model",
        of: "features",
      });
      assert.equal(alertTest("LiveDrift", gone, 3), "");
    });
  });

  describe("LiveMetricWorse", () => {
    const worse = (metric: string, values: string) =>
      of("slipway_live_metric_worse", values, { ...model, metric });

    it("fires for the metric that is surely worse", () => {
      const series = { ...worse("accuracy", "0x40"), ...worse("auc_roc", "1x40") };
      const labels = { ...model, metric: "auc_roc" };
      assert.equal(alertTest("LiveMetricWorse", series, 1, labels), "");
    });

    it("is quiet where chance may be the reason, and without labels", () => {
      assert.equal(alertTest("LiveMetricWorse", worse("accuracy", "0x40"), 3), "");
      const unlabelled = of("slipway_monitoring_labelled_rows", "0x40");
      assert.equal(alertTest("LiveMetricWorse", unlabelled, 3), "");
    });
  });

  describe("RetentionFailed", () => {
    const failed = (values: string) => of("slipway_monitoring_deletion_failed", values);

    it("fires where deletion failed and the next runs did not mend it, after two hours of an hourly one", () => {
      assert.equal(alertTest("RetentionFailed", failed("1x600"), 119), "");
      assert.equal(alertTest("RetentionFailed", failed("1x600"), 121, model), "");
      assert.equal(alertTest("RetentionFailed", failed("1x240 0x360"), 121), "");
    });
  });

  describe("MonitoringTooOld and MonitoringUnknown", () => {
    const last = (values: string) => of("slipway_monitoring_last_run_timestamp_seconds", values);

    it("fire three hours after the last success of an hourly one, or where there was none", () => {
      assert.equal(alertTest("MonitoringTooOld", last("0x1000"), 179), "");
      assert.equal(alertTest("MonitoringTooOld", last("0x1000"), 186, model), "");
      assert.equal(alertTest("MonitoringTooOld", last("0x600 9000x600"), 186), "");
      assert.equal(alertTest("MonitoringUnknown", {}, 179), "");
      assert.equal(alertTest("MonitoringUnknown", {}, 181, model), "");
      assert.equal(alertTest("MonitoringUnknown", last("0x1000"), 181), "");
    });

    it("are not quiet as another model is monitored", () => {
      const metric = "slipway_monitoring_last_run_timestamp_seconds";
      const other = of(metric, "0x1000", { model: "titanic-model" });
      assert.equal(alertTest("MonitoringUnknown", other, 181, model), "");
    });
  });

  describe("BatchFailed", () => {
    const outcomes = (values: Record<string, string>): Series =>
      Object.assign(
        {},
        ...Object.entries(values).map(([outcome, each]) =>
          of("slipway_batch_outcome", each, { ...batch, outcome }),
        ),
      ) as Series;

    it("fires where the last batch failed or had each row refused, until the next one is well", () => {
      for (const outcome of ["failed", "refused"]) {
        const series = outcomes({ [outcome]: "1x8 0x40", answered: "0x8 1x40" });
        assert.equal(alertTest("BatchFailed", series, 1, batch), "");
        assert.equal(alertTest("BatchFailed", series, 4), "");
      }
    });

    it("is quiet where it was answered, or had been already", () => {
      for (const outcome of ["answered", "already"])
        assert.equal(
          alertTest("BatchFailed", outcomes({ [outcome]: "1x40", failed: "0x40" }), 3),
          "",
        );
    });
  });

  describe("BatchTooOld and BatchUnknown", () => {
    const HOURS = 60;
    const last = (values: string) => of("slipway_batch_last_run_timestamp_seconds", values, batch);

    it("fire 49 hours after the last end of a nightly one, or where none was told of", () => {
      assert.equal(alertTest("BatchTooOld", last("0x12000"), 48 * HOURS), "");
      assert.equal(alertTest("BatchTooOld", last("0x12000"), 49 * HOURS + 6, batch), "");
      assert.equal(alertTest("BatchUnknown", {}, 48 * HOURS), "");
      assert.equal(alertTest("BatchUnknown", {}, 49 * HOURS + 1, batch), "");
      assert.equal(alertTest("BatchUnknown", last("0x12000"), 49 * HOURS + 1), "");
    });
  });
});
