import type { Row } from "./loaded-model.ts";
import type { Feature, ModelPackage } from "./package.ts";

const SLOT_MS = 5 * 60_000;
const SLOTS = 12;
/** Below this many rows a PSI is mostly noise: its expected value is about bins / rows. */
const FEWEST_ROWS = 100;
/** Fraction that stands for an empty bin, whose logarithm would be infinite. */
const EMPTY = 1e-4;

/** How far one feature's recent values lie from the training split. */
export interface FeatureDrift {
  readonly feature: string;
  /** Population stability index, unitless: below 0.1 is calm, above 0.25 is a shift. */
  readonly psi: number;
}

interface Bins {
  readonly first: number;
  /** Fractions of the training split per bin. */
  readonly reference: readonly number[];
  readonly indexOf: (value: number | string) => number;
}

/**
 * Counts the scored rows of the last hour per bin of the package's histograms: twelve slots of five
 * minutes, a fixed amount of memory whatever the traffic.
 */
export class DriftMonitor {
  readonly #names: readonly string[];
  readonly #bins: readonly Bins[];
  readonly #slots: readonly { at: number; rows: number; readonly counts: Uint32Array }[];
  readonly #now: () => number;

  constructor({ features }: ModelPackage, now: () => number = Date.now) {
    this.#now = now;
    this.#names = features.map(({ name }) => name);
    let first = 0;
    this.#bins = features.map((feature) => {
      const bins = binsOf(feature, first);
      first += bins.reference.length;
      return bins;
    });
    const counts = () => new Uint32Array(first);
    this.#slots = Array.from({ length: SLOTS }, () => ({ at: -1, rows: 0, counts: counts() }));
  }

  /** Counts rows into the current slot. */
  observe(rows: readonly Row[]): void {
    const at = Math.floor(this.#now() / SLOT_MS);
    const slot = this.#slots[at % SLOTS];
    if (slot === undefined) return;
    if (slot.at !== at) {
      slot.at = at;
      slot.rows = 0;
      slot.counts.fill(0);
    }
    const { counts } = slot;
    slot.rows += rows.length;
    for (const row of rows) {
      for (let i = 0; i < this.#bins.length; i += 1) {
        const bins = this.#bins[i];
        if (bins === undefined) continue;
        const bin = bins.first + bins.indexOf(row[i] ?? "");
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    }
  }

  /** Rows in the window. */
  rows(): number {
    return this.#recent().reduce((sum, { rows }) => sum + rows, 0);
  }

  /**
   * The PSI of every feature over the window, empty below 100 rows: the sum over bins of
   * (a − e) · ln(a / e), where a and e are the fractions now and in the training split.
   * Source: N. Siddiqi, Credit Risk Scorecards (2006), chapter "Scorecard Monitoring".
   */
  drift(): FeatureDrift[] {
    const slots = this.#recent();
    const rows = slots.reduce((sum, { rows }) => sum + rows, 0);
    if (rows < FEWEST_ROWS) return [];
    return this.#bins.map(({ first, reference }, i) => {
      let psi = 0;
      reference.forEach((expected, bin) => {
        const count = slots.reduce((sum, { counts }) => sum + (counts[first + bin] ?? 0), 0);
        const e = Math.max(expected, EMPTY);
        const a = Math.max(count / rows, EMPTY);
        psi += (a - e) * Math.log(a / e);
      });
      return { feature: this.#names[i] ?? "", psi };
    });
  }

  #recent() {
    const now = Math.floor(this.#now() / SLOT_MS);
    return this.#slots.filter(({ at }) => at > now - SLOTS && at <= now);
  }
}

/** Bins of a feature: the histogram's own, then (category) "other", then "missing". */
function binsOf({ type, histogram }: Feature, first: number): Bins {
  if ("categories" in histogram) {
    const { categories, counts, other, missing } = histogram;
    const index = new Map(categories.map((name, i) => [name, i]));
    return {
      first,
      reference: fractions([...counts, other, missing]),
      indexOf: (value) =>
        value === "" ? categories.length + 1 : (index.get(String(value)) ?? categories.length),
    };
  }
  const { edges, counts, missing } = histogram;
  const numberOf = type === "text" ? lengthOf : (value: number | string) => value as number;
  return {
    first,
    reference: fractions([...counts, missing]),
    indexOf: (value) => {
      const number = numberOf(value);
      return Number.isNaN(number) ? counts.length : firstAtLeast(edges, number);
    },
  };
}

/** A text is measured by its characters (code points), as in training; a missing one has no length. */
function lengthOf(text: number | string): number {
  return text === "" ? NaN : Array.from(String(text)).length;
}

/** Index of the first edge that is not below the value; the number of edges if all are. */
function firstAtLeast(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function fractions(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / Math.max(1, total));
}
