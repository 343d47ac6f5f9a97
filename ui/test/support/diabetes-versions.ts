import type { FakeVersion } from "./fake-mlflow.ts";

/** A comparison as the gate's tag has it. */
const figure = (metric: string, rule: string, value: number, limit: number, passed: boolean) => ({
  ...{ metric, rule, value, limit, passed },
});
const floors = [
  figure("accuracy", "floor", 0.7792, 0.75, true),
  figure("log_loss", "floor", 0.48, 0.6, true),
];
const against = [
  figure("accuracy", "champion", 0.7532, 0.7692, false),
  figure("log_loss", "champion", 0.51, 0.4848, false),
  figure("recall", "champion", 0.62, 0.6011, true),
];
const gate = (passed: boolean, champion: string | null, figures: object[]) =>
  JSON.stringify({ passed, champion, note: "", figures });
const ends = (name: string, value: number) => ({
  [name]: value,
  [`${name}_low`]: value - 0.06,
  [`${name}_high`]: value + 0.06,
});
const commit = { "slipway.git_sha": "0123456789abcdef0123456789abcdef01234567" };
const files = { "confusion-matrix.png": 9820, "roc.png": 23_125, "model.yaml": 2292 };

/** The newest rejected, the one before champion, the first the champion before that: in forms that MLflow 3.17.2 answered. */
export const DIABETES_VERSIONS: readonly FakeVersion[] = [
  {
    version: 3,
    aliases: ["rejected"],
    tags: {
      "slipway.verdict": "rejected",
      "slipway.retrain_reason": "Glucose drifted: PSI 0.34 above 0.2",
      "slipway.gate": gate(false, "2", against),
    },
    metrics: { ...ends("accuracy", 0.7532), log_loss: 0.51, recall: 0.62 },
    params: { estimator: "sklearn.ensemble.RandomForestClassifier", n_estimators: "25" },
    runTags: commit,
    files,
  },
  {
    version: 2,
    aliases: ["champion"],
    tags: {
      "slipway.verdict": "promoted",
      "slipway.gate": gate(true, null, floors),
      "slipway.champion.2026-11-20T10:00:05.000Z": JSON.stringify({ by: "training" }),
    },
    metrics: { ...ends("accuracy", 0.7792), log_loss: 0.48, recall: 0.6111 },
    params: { estimator: "sklearn.ensemble.RandomForestClassifier", n_estimators: "100" },
    runTags: commit,
    files,
  },
  { version: 1, aliases: ["previous"] },
];
