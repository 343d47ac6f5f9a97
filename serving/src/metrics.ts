import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import type { PackageFault } from "./model/package-error.ts";
import type { ModelMonitor } from "./model/monitor.ts";

const LOAD_FAILURES: readonly (PackageFault | "unavailable" | "internal")[] = [
  "artifacts",
  "signature",
  "metadata",
  "name",
  "size",
  "checksum",
  "graph",
  "example",
  "classes",
  "unavailable",
  "internal",
];

/** Every metric of the server, in one Prometheus registry of its own. */
export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly httpDuration = new Histogram({
    name: "slipway_http_request_duration_seconds",
    help: "Time from a request's headers to the end of its answer; _count counts the requests.",
    labelNames: ["route", "method", "status"] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: this.#registers,
  });
  readonly shed = new Counter({
    name: "slipway_http_requests_shed_total",
    help: "Requests refused with 503 under pressure.",
    labelNames: ["reason"] as const,
    registers: this.#registers,
  });
  readonly modelInfo = new Gauge({
    name: "slipway_model_info",
    help: "1 for the model version that answers.",
    labelNames: ["model", "version"] as const,
    registers: this.#registers,
  });
  readonly swaps = new Counter({
    name: "slipway_model_swaps_total",
    help: "Model versions that began to serve, the first included.",
    registers: this.#registers,
  });
  readonly loadFailures = new Counter({
    name: "slipway_model_load_failures_total",
    help: "Versions not loaded: refused by a check; 'unavailable' and 'signature' are tried again.",
    labelNames: ["reason"] as const,
    registers: this.#registers,
  });
  readonly registryUp = new Gauge({
    name: "slipway_registry_up",
    help: "1 when the model registry answered the latest look-up, else 0.",
    registers: this.#registers,
  });
  readonly fallback = new Gauge({
    name: "slipway_model_fallback",
    help: "1 while another version is served than the alias names, as that one could not be loaded at the start.",
    registers: this.#registers,
  });
  readonly registryLastSuccess = new Gauge({
    name: "slipway_registry_last_success_timestamp_seconds",
    help: "Unix time of the latest look-up that found the model.",
    registers: this.#registers,
  });
  readonly #predictions = new Counter({
    name: "slipway_predictions_total",
    help: "Answered rows by predicted class; a regression has the class 'value'.",
    labelNames: ["model", "version", "class"] as const,
    registers: this.#registers,
    collect: () => {
      this.#countPredictions();
    },
  });
  #monitor: ModelMonitor | undefined;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const reason of LOAD_FAILURES) this.loadFailures.inc({ reason }, 0);
    for (const reason of ["queue", "bodies", "event-loop", "explanations"])
      this.shed.inc({ reason }, 0);
    this.#driftGauges();
  }

  /** Makes a version the one whose metrics are shown. */
  watch(monitor: ModelMonitor): void {
    this.#countPredictions();
    this.#monitor = monitor;
    this.modelInfo.reset();
    this.modelInfo.set(monitor.labels, 1);
    this.swaps.inc();
  }

  #countPredictions(): void {
    const monitor = this.#monitor;
    for (const { label, count } of monitor?.takePredictions() ?? []) {
      this.#predictions.inc({ ...monitor?.labels, class: label }, count);
    }
  }

  /** Drift is worked out when it is asked for, never on a request. */
  #driftGauges(): void {
    const current = () => this.#monitor;
    new Gauge({
      name: "slipway_feature_drift_psi",
      help: "Population stability index of the last hour's values; absent below 100 rows.",
      labelNames: ["model", "version", "feature"] as const,
      registers: this.#registers,
      collect() {
        this.reset();
        const monitor = current();
        for (const { feature, psi } of monitor?.drift.drift() ?? []) {
          this.set({ ...monitor?.labels, feature }, psi);
        }
      },
    });
    new Gauge({
      name: "slipway_feature_drift_rows",
      help: "Rows in the window of slipway_feature_drift_psi.",
      labelNames: ["model", "version"] as const,
      registers: this.#registers,
      collect() {
        this.reset();
        const monitor = current();
        if (monitor) this.set(monitor.labels, monitor.drift.rows());
      },
    });
  }
}
