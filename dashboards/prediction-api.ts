import { BigValueTextMode } from "@grafana/grafana-foundation-sdk/common";
import { OBJECTIVE } from "../components/lib/burn-rate.ts";
import { dashboard } from "./dashboard.ts";
import { batches, liveQuality } from "./live-models.ts";
import { lines, stat } from "./panels.ts";
import { JOB, errorShare, latency, predictionRate } from "./queries.ts";

/** Shares of errors: the objective is missed for good, and the fast alert begins. */
const ERRORS = [1 - OBJECTIVE, 14.4 * (1 - OBJECTIVE)].map((share) => Number(share.toFixed(6)));
/** Seconds; the alert begins at the second. */
const SLOW = [0.25, 0.5] as const;

const glance = [
  stat({
    title: "Ready replicas",
    description: "Replicas with a model to answer with.",
    unit: "short",
    queries: { ready: `sum(slipway_model_info${JOB})` },
    limits: [1, 0.5],
  }),
  stat({
    title: "Predictions",
    description: "Requests for a prediction per second.",
    unit: "reqps",
    queries: { rate: predictionRate("") },
  }),
  stat({
    title: "Error share",
    description:
      "Predictions that end in an error of ours (5xx); the objective is one in a thousand.",
    unit: "percentunit",
    queries: { errors: errorShare("") },
    limits: [ERRORS[0] ?? 0, ERRORS[1] ?? 0],
  }),
  stat({
    title: "p99",
    description: "One prediction in a hundred takes longer.",
    unit: "s",
    queries: { p99: latency(0.99) },
    limits: SLOW,
  }),
  stat(
    {
      title: "Version that answers",
      description: "The champion of each model; two of one model are a roll-out under way.",
      unit: "short",
      queries: { "{{model}} {{version}}": `sum by (model, version) (slipway_model_info${JOB})` },
    },
    BigValueTextMode.Name,
  ).span(8),
];

const predictions = [
  lines({
    title: "Requests",
    description: "Requests for a prediction per second by status.",
    unit: "reqps",
    queries: { "{{status}}": predictionRate(" by (status)") },
  }),
  lines({
    title: "Errors",
    description:
      "Share of predictions with a 5xx status; the alerts go by how fast they use up one in a thousand.",
    unit: "percentunit",
    queries: { "{{job}}": errorShare(" by (job)") },
    limits: [ERRORS[0] ?? 0, ERRORS[1] ?? 0],
  }),
  lines({
    title: "Refused under load",
    description: "Requests per second answered with 503 to protect the others.",
    unit: "reqps",
    queries: {
      "{{reason}}": `sum by (reason) (rate(slipway_http_requests_shed_total${JOB}[$__rate_interval]))`,
    },
  }),
  ...[0.5, 0.95, 0.99].map((quantile) =>
    lines({
      title: `Latency, p${quantile * 100}`,
      description: "Of each model: time from a request's headers to the end of its answer.",
      unit: "s",
      queries: { "{{job}}": latency(quantile, "job, ") },
      ...(quantile === 0.99 && { limits: SLOW }),
    }),
  ),
];

const models = [
  lines({
    title: "Model versions",
    description:
      "Replicas by the version they serve; two versions for more than seconds is a stuck roll-out.",
    unit: "short",
    queries: { "{{model}} {{version}}": `sum by (model, version) (slipway_model_info${JOB})` },
  }),
  lines({
    title: "Predicted classes",
    description: "Rows per second by predicted class.",
    unit: "short",
    queries: {
      "{{model}} {{class}}": `sum by (model, class) (rate(slipway_predictions_total${JOB}[$__rate_interval]))`,
    },
  }),
  lines({
    title: "Drift",
    description:
      "Population stability index per feature against the training split; above 0.2 the data has changed.",
    unit: "short",
    queries: {
      "{{model}} {{feature}}": `max by (model, feature) (slipway_feature_drift_psi${JOB})`,
    },
    limits: [0.1, 0.2],
  }),
];

const replicas = [
  lines({
    title: "Replicas",
    description: "Pods that answer their scrape.",
    unit: "short",
    queries: { "{{job}}": `sum by (job) (up${JOB})` },
  }),
  lines({
    title: "Memory",
    description: "Resident memory per replica.",
    unit: "bytes",
    queries: { "{{instance}}": `process_resident_memory_bytes${JOB}` },
  }),
  lines({
    title: "CPU",
    description: "Cores in use per replica.",
    unit: "short",
    queries: { "{{instance}}": `rate(process_cpu_seconds_total${JOB}[$__rate_interval])` },
  }),
];

const info = `max by (model, version) (slipway_model_info${JOB}`;

/** Everything about the prediction APIs on one page. */
export const predictionApiDashboard = dashboard(
  "slipway-prediction-api",
  "Slipway: prediction APIs",
  {
    "At a glance": glance,
    Predictions: predictions,
    Models: models,
    "Live quality": liveQuality,
    Batches: batches,
    Replicas: replicas,
  },
  [
    {
      name: "Promotion",
      // A version that nobody served a minute ago, forward or back.
      expr: `${info}) unless ${info} offset 1m)`,
      text: "{{model}} {{version}}",
      color: "blue",
    },
    {
      name: "Replicas started",
      // By a deployment, the autoscaler, or after a crash.
      expr: `count by (job) (time() - process_start_time_seconds${JOB} < 60)`,
      text: "{{job}}",
      color: "purple",
    },
  ],
);
