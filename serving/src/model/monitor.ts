import { DriftMonitor } from "./drift.ts";
import type { LoadedModel, Row, Scores } from "./loaded-model.ts";

/** Counts what one model version answered; cheap on the request, read at a scrape. */
export class ModelMonitor {
  /** Labels of every metric of this version. */
  readonly labels: { readonly model: string; readonly version: string };
  readonly drift: DriftMonitor;
  readonly #classes: readonly string[];
  readonly #counts: number[];

  constructor({ name, version, package: pack }: LoadedModel) {
    this.labels = { model: name, version };
    this.drift = new DriftMonitor(pack);
    this.#classes = pack.task === "regression" ? ["value"] : pack.classes.map(({ label }) => label);
    this.#counts = this.#classes.map(() => 0);
  }

  /** Counts rows and their predicted classes. */
  observe(rows: readonly Row[], { classes }: Scores): void {
    this.drift.observe(rows);
    if (classes.length === 0) this.#counts[0] = (this.#counts[0] ?? 0) + rows.length;
    for (const index of classes) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** Predictions per class since the last call. */
  takePredictions(): { label: string; count: number }[] {
    return this.#classes.map((label, i) => {
      const count = this.#counts[i] ?? 0;
      this.#counts[i] = 0;
      return { label, count };
    });
  }
}
