import { Counter, Gauge, type Registry } from "prom-client";

/** What becomes of captured predictions and of labels. */
export class CaptureMetrics {
  readonly stored: Counter;
  readonly shed: Counter;
  readonly failures: Counter;
  readonly labels: Counter;
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
    const counter = (name: string, help: string) =>
      new Counter({ name, help, registers: [registry] });
    this.stored = counter(
      "slipway_captured_rows_total",
      "Predicted rows that were stored in the prediction log.",
    );
    this.shed = counter(
      "slipway_capture_shed_rows_total",
      "Predicted rows that were not stored: too many waited, or the server ended before the store took them.",
    );
    this.failures = counter(
      "slipway_capture_failures_total",
      "Files of predictions that the store did not take; each is tried again.",
    );
    this.labels = counter("slipway_labels_total", "Labels that were stored.");
  }

  /** @param waiting rows that are not stored yet. */
  watch(waiting: () => number): void {
    new Gauge({
      name: "slipway_capture_waiting_rows",
      help: "Predicted rows that are not stored yet.",
      registers: [this.#registry],
      collect() {
        this.set(waiting());
      },
    });
  }
}
