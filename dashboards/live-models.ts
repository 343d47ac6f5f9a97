import { lines } from "./panels.ts";

/** PSI from which on it is moderate, and a shift (N. Siddiqi, Credit Risk Scorecards, 2006). */
const SHIFT = [0.1, 0.25] as const;

const newest = (metric: string, by: string, more = "") => `max by (${by}) (${metric}${more})`;
const age = (metric: string, by: string) => `time() - ${newest(metric, by)}`;

/** What monitoring found in kept predictions; a stack without `capture` has none of it. */
export const liveQuality = [
  lines({
    title: "Drift of kept predictions",
    description:
      "PSI of each feature over the newest kept predictions, against the training split; from 0.25 on it has shifted.",
    unit: "short",
    queries: { "{{model}} {{feature}}": newest("slipway_monitoring_psi", "model, feature") },
    limits: SHIFT,
  }),
  lines({
    title: "Drift of answers",
    description: "PSI of the answers, against those for the test split.",
    unit: "short",
    queries: { "{{model}}": newest("slipway_monitoring_prediction_psi", "model") },
    limits: SHIFT,
  }),
  lines({
    title: "Shifted beyond chance",
    description:
      "Features and answers that LiveDrift tells of: a PSI of 0.25 and the chi-squared test.",
    unit: "short",
    queries: { "{{model}} {{of}}": newest("slipway_monitoring_shifted", "model, of") },
    limits: [0.5, 1],
  }),
  lines({
    title: "Live metrics",
    description:
      "By labels, what 95 % of resamples lie between, and beside it the test split's; LiveMetricWorse begins where the intervals of both are apart.",
    unit: "short",
    below: true,
    queries: {
      "{{model}} {{metric}}": newest("slipway_live_metric", "model, metric"),
      "{{model}} {{metric}}, low": newest("slipway_live_metric_low", "model, metric"),
      "{{model}} {{metric}}, high": newest("slipway_live_metric_high", "model, metric"),
      "{{model}} {{metric}}, test split": newest("slipway_test_metric", "model, metric"),
    },
  }),
  lines({
    title: "Predictions that were judged",
    description:
      "Kept predictions that the newest monitoring looked at, and those that have a label.",
    unit: "short",
    queries: {
      "{{model}}": newest("slipway_monitoring_rows", "model"),
      "{{model}}, with a label": newest("slipway_monitoring_labelled_rows", "model"),
    },
  }),
  lines({
    title: "Share with a label",
    description:
      "Of the predictions that were judged; labels may be of older predictions, so that it may be above all. Below 30 labels no metric is told.",
    unit: "percentunit",
    queries: {
      "{{model}}": `${newest("slipway_monitoring_labelled_rows", "model")} / (${newest("slipway_monitoring_rows", "model")} > 0)`,
    },
  }),
  lines({
    title: "Since the newest monitoring",
    description: "Time since one succeeded; MonitoringTooOld begins by the model's own schedule.",
    unit: "s",
    queries: { "{{model}}": age("slipway_monitoring_last_run_timestamp_seconds", "model") },
  }),
  lines({
    title: "Deletion failed",
    description: "1 where the newest monitoring could not delete what is older than retentionDays.",
    unit: "short",
    queries: { "{{model}}": newest("slipway_monitoring_deletion_failed", "model") },
    limits: [0.5, 1],
  }),
];

/** What batches answered; a stack without `batch` has none of it. */
export const batches = [
  lines({
    title: "Rows of the last batch",
    description:
      "Rows that were answered, and those that were refused, which are listed beside the answers.",
    unit: "short",
    queries: {
      "{{model}} {{batch}} {{result}}": newest("slipway_batch_rows", "model, batch, result"),
    },
  }),
  lines({
    title: "Batches that did not end well",
    description: "1 where the last one failed, or had each row refused.",
    unit: "short",
    queries: {
      "{{model}} {{batch}}": newest(
        "slipway_batch_outcome",
        "model, batch",
        '{outcome=~"failed|refused"}',
      ),
    },
    limits: [0.5, 1],
  }),
  lines({
    title: "Since the last batch",
    description: "Time since one ended; BatchTooOld begins by its own schedule.",
    unit: "s",
    queries: {
      "{{model}} {{batch}}": age("slipway_batch_last_run_timestamp_seconds", "model, batch"),
    },
  }),
];
