import { type Panel, dashboard } from "./panel.ts";

const JOB = '{job=~"$job"}';

const quantile = (q: number) => ({
  expr: `histogram_quantile(${q}, sum by (le) (rate(slipway_http_request_duration_seconds_bucket${JOB}[$__rate_interval])))`,
  legend: `p${q * 100}`,
});

const panels: Panel[] = [
  {
    title: "Requests",
    description: "Answers per second by status.",
    unit: "reqps",
    queries: [
      {
        expr: `sum by (status) (rate(slipway_http_request_duration_seconds_count${JOB}[$__rate_interval]))`,
        legend: "{{status}}",
      },
    ],
  },
  {
    title: "Errors",
    description: "Share of answers with a 5xx status; the alert begins at 5 %.",
    unit: "percentunit",
    queries: [
      {
        expr:
          `sum by (job) (rate(slipway_http_request_duration_seconds_count{job=~"$job",status=~"5.."}[$__rate_interval])) ` +
          `/ sum by (job) (rate(slipway_http_request_duration_seconds_count${JOB}[$__rate_interval]))`,
        legend: "{{job}}",
      },
    ],
  },
  {
    title: "Latency",
    description: "Time from a request's headers to the end of its answer.",
    unit: "s",
    queries: [quantile(0.5), quantile(0.95), quantile(0.99)],
  },
  {
    title: "Model versions",
    description:
      "Replicas by the version they serve; two versions for more than seconds is a stuck roll-out.",
    unit: "short",
    queries: [
      {
        expr: `sum by (model, version) (slipway_model_info${JOB})`,
        legend: "{{model}} {{version}}",
      },
    ],
  },
  {
    title: "Predictions",
    description: "Rows per second by predicted class.",
    unit: "short",
    queries: [
      {
        expr: `sum by (model, class) (rate(slipway_predictions_total${JOB}[$__rate_interval]))`,
        legend: "{{model}} {{class}}",
      },
    ],
  },
  {
    title: "Drift",
    description:
      "Population stability index per feature against the training split; above 0.2 the data has changed.",
    unit: "short",
    queries: [
      {
        expr: `max by (model, feature) (slipway_feature_drift_psi${JOB})`,
        legend: "{{model}} {{feature}}",
      },
    ],
  },
  {
    title: "Replicas",
    description: "Pods that answer their scrape.",
    unit: "short",
    queries: [{ expr: `sum by (job) (up${JOB})`, legend: "{{job}}" }],
  },
  {
    title: "Refused under load",
    description: "Requests per second answered with 503 to protect the others.",
    unit: "reqps",
    queries: [
      {
        expr: `sum by (reason) (rate(slipway_http_requests_shed_total${JOB}[$__rate_interval]))`,
        legend: "{{reason}}",
      },
    ],
  },
  {
    title: "Memory",
    description: "Resident memory per replica.",
    unit: "bytes",
    queries: [{ expr: `process_resident_memory_bytes${JOB}`, legend: "{{instance}}" }],
  },
];

/** Everything about the prediction APIs on one page. */
export const predictionApiDashboard = dashboard(
  "slipway-prediction-api",
  "Slipway: prediction APIs",
  panels,
);
