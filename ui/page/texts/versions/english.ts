/** What the view of a model's versions says, in English. */
export const ENGLISH_VERSIONS = {
  versionsOf: (model: string) => `Versions of ${model}`,
  askingMlflow: "Asking MLflow…",
  noVersion: "No version is registered yet: the first training makes one.",
  noMlflow:
    "The versions of a model stand here where the page’s server is told of an MLflow: MLFLOW_TRACKING_URI.",
  olderVersions: "Show older versions",
  toForm: "To the form",
  registered: "Trained",
  whyTrained: "Why",
  trainedBecause: (reason: string) => `Why it was trained: ${reason}`,
  firstOrChanged: "new, or its YAML, code or data changed",
  madeOf: (version: string) => `made of ${version}`,
  gate: "Gate",
  verdicts: { promoted: "passed", rejected: "rejected" },
  notJudged: "not judged yet",
  showVersion: (version: string) => `Show version ${version}`,
  fromLowToHigh: (low: string, high: string) => `${low} to ${high}`,
  runInMlflow: "Run in MLflow",

  // One version
  oneVersion: (version: string) => `Version ${version}`,
  gatePassed: (count: number) =>
    `The gate let it pass: ${count === 1 ? "the one comparison holds" : `all ${count} comparisons hold`}.`,
  gateRejected: (failed: number, count: number) =>
    `The gate rejected it: ${failed} of ${count} comparisons ${failed === 1 ? "does" : "do"} not hold.`,
  gateUnknown: "Nothing is known of a gate’s verdict.",
  gateNote: (note: string) => `The gate notes: ${note}`,
  metric: "Metric",
  thisVersion: "This version",
  comparedWith: "Compared with",
  itsFloor: "the floor of its YAML",
  championVersion: (version: string, value: string) =>
    `champion, version ${version}${value === "" ? "" : `: ${value}`}`,
  allowed: "Allowed",
  onSlice: (metric: string, slice: string) => `${metric} of ${slice}`,
  holds: "holds",
  fails: "does not hold",
  becameChampion: (moment: string, by: string) => `Became champion on ${moment}, by ${by}`,
  plots: "Plots",
  noPlots: "Its run has no plots.",
  plotNames: {
    "confusion-matrix": "Confusion matrix",
    roc: "ROC curve",
    "precision-recall": "Precision and recall",
    residuals: "What is left of each prediction",
    reliability: "Probabilities beside what came, before and after calibration",
  } as Readonly<Record<string, string>>,
  plotOf: (plot: string, version: string) => `${plot}, version ${version}`,

  // Two versions
  sideBySide: "Side by side",
  oneSide: "Version on the left",
  otherSide: "Version on the right",
  change: "Change",
  parameter: "Parameter",
  otherParameters: (count: number) =>
    count === 1 ? "One parameter that differs" : `${count} parameters that differ`,
  sameParameters: (count: number) =>
    count === 1 ? "One parameter is the same" : `${count} parameters are the same`,

  // Drift
  driftFromTraining: "Drift from training",
  driftHelp: (limit: string) =>
    `What has moved most from the histogram of the training, by its population stability index (PSI); above ${limit} the alert FeatureDrift fires.`,
  noDrift: "Nothing is known of its drift: too few predictions so far, or nothing watches it.",
};

/** What each language has to say of versions. */
export type VersionTexts = typeof ENGLISH_VERSIONS;
