import { meaningOf, type Entry, type Row } from "./form.ts";
import type { Feature } from "./package.ts";

/** Points of a curve: a request of as many rows is soon answered, and a bend is still seen. */
const POINTS = 41;

/** How far a curve goes beyond what training saw, as a share of that. */
const BEYOND = 0.15;

/** As many categories as are drawn side by side. */
const MOST = 30;

/** One value that a feature is tried with, and the row that has it. */
export interface Variant {
  value: number | string | boolean;
  row: Row;
}

/** Whether an answer can be drawn as the feature moves. */
export function moves({ type, observed, categories }: Feature): boolean {
  if (type === "number" || type === "integer") return observed !== null;
  return type === "boolean" || (type === "category" && (categories?.length ?? MOST) <= MOST);
}

/**
 * The row with one feature's values instead of its own: numbers in even steps over what training saw and a little beyond, but not
 * past what the API takes, and the row's own among them; each category; yes and no.
 */
export function variantsOf(feature: Feature, row: Row): Variant[] {
  const own = row[feature.name];
  return valuesOf(feature, typeof own === "number" ? own : undefined).map((value) => ({
    value,
    row: { ...row, [feature.name]: value },
  }));
}

function valuesOf(feature: Feature, own: number | undefined): (number | string | boolean)[] {
  const { type, observed, range, categories } = feature;
  if (type === "boolean") return [false, true];
  if (observed === null) return [...(categories ?? [])];
  const more = BEYOND * (observed.max - observed.min || Math.abs(observed.max) || 1);
  const low = Math.max(Math.min(observed.min - more, own ?? Infinity), range?.min ?? -Infinity);
  const high = Math.min(Math.max(observed.max + more, own ?? -Infinity), range?.max ?? Infinity);
  const steps = Array.from({ length: POINTS }, (_, at) => low + (at * (high - low)) / (POINTS - 1));
  const numbers = type === "integer" ? steps.map(Math.round) : steps;
  const within = numbers.filter((number) => number >= low && number <= high);
  return [...new Set(own === undefined ? within : [...within, own])].sort((one, two) => one - two);
}

/** What a feature's field says, if it says something. */
export function ownValue(feature: Feature, entry: Entry | undefined): Variant["value"] | undefined {
  return (entry && meaningOf(feature, entry).value) ?? undefined;
}

/** A bar of the training's histogram: between two numbers, as high as it is dense, from 0 to 1. */
export interface Bar {
  from: number;
  to: number;
  height: number;
}

/** How densely training saw a number's values; the bins are of equal counts, so that narrow ones are high. */
export function densities({ observed, histogram }: Feature): Bar[] {
  if (observed === null || histogram === undefined || !("edges" in histogram)) return [];
  const ends = [observed.min, ...histogram.edges, observed.max];
  const span = observed.max - observed.min || 1;
  const bars = histogram.counts.map((count, bin) => {
    const [from = 0, to = 0] = [ends[bin], ends[bin + 1]];
    // A bin of one value alone has no width.
    return { from, to, height: count / Math.max(to - from, span / 100) };
  });
  const highest = Math.max(...bars.map(({ height }) => height));
  return bars.map((bar) => ({ ...bar, height: highest > 0 ? bar.height / highest : 0 }));
}
