import assert from "node:assert/strict";
import { type Monitored, monitoredText } from "../../../tools/ops/monitoring.ts";

const drift = (psi: number, verdict: "calm" | "moderate" | "shifted") => ({
  ...{ rows: 1200, psi, chi2: 12.34, p_value: 0.0042, missing: 0.05, missing_in_training: 0 },
  ...{ unknown: null, verdict },
});

const FOUND: Monitored = {
  ...{ model: "churn-model", version: "3", days: ["2026-11-27", "2026-11-28"], rows: 1200 },
  ...{ sampled: false, damaged: [], not_kept: [], note: "", training: { accuracy: 0.9 } },
  prediction: { ...drift(0.15, "moderate"), of: "probability" },
  file: "monitoring/model=churn-model/date=2026-11-28/20261128T093000000000Z.json",
  features: {
    age: drift(0.02, "calm"),
    plan: { ...drift(0.4, "shifted"), unknown: 0.125, p_value: 0 },
  },
  quality: {
    ...{ labelled: 250, labels: 260, replaced: 4, other_class: 0, elsewhere: 6, repeated: 0 },
    metrics: { accuracy: { value: 0.8, low: 0.75, high: 0.85 } },
    note: "",
  },
  training: { accuracy: 0.9 },
};

describe("npm run monitor", () => {
  it("tells the features that moved most first, and what labels say beside the training", () => {
    assert.equal(
      monitoredText(FOUND),
      [
        "churn-model, version 3: 1200 predictions from 2026-11-27 to 2026-11-28 (UTC)",
        "",
        "FEATURE  PSI    DRIFT    CHI-SQUARED  P       MISSING (TRAINING)  UNKNOWN",
        "plan     0.400  shifted  12.3         <0.001  5.0 % (0.0 %)       12.5 %",
        "age      0.020  calm     12.3         0.004   5.0 % (0.0 %)",
        "the probability: PSI 0.150, moderate (against the test split)",
        "",
        "260 labels (4 replaced by a later one, 6 of rows that are not among these); 250 of these predictions have one",
        "METRIC    LIVE    95 %              TRAINING",
        "accuracy  0.8000  0.7500 to 0.8500  0.9000",
      ].join("\n"),
    );
  });

  it("says where an older version does not know what it answered its test split", () => {
    const text = monitoredText({ ...FOUND, prediction: null });
    assert.match(text, /^drift of the predictions: not known of this version; one that is/m);
  });

  it("tells what stands in its way, and what was left out", () => {
    const text = monitoredText({
      ...FOUND,
      ...{ days: ["2026-11-28"], rows: 40, features: {}, sampled: true },
      ...{ note: "drift is not told of fewer than 100 rows", not_kept: ["sex"] },
      damaged: ["model=churn-model/date=2026-11-28/x.parquet"],
      quality: FOUND.quality && { ...FOUND.quality, metrics: {}, note: "30 are needed" },
    });
    assert.deepEqual(text.split("\n"), [
      "churn-model, version 3: 40 predictions of 2026-11-28 (UTC)",
      "drift is not told of fewer than 100 rows",
      "there were more of them: files were drawn",
      "not in the log: sex",
      "",
      "260 labels (4 replaced by a later one, 6 of rows that are not among these); 250 of these predictions have one; 30 are needed",
      "model=churn-model/date=2026-11-28/x.parquet is no whole file of the log, and was left out",
    ]);
  });
});
