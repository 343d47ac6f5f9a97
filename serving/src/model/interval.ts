import { numberType, type ModelPackage } from "./package.ts";

/** Both ends of the interval around a regression's number, as wide as the graph's; NaN where there is no number. */
export type IntervalOf = (value: number) => readonly [low: number, high: number];

/** What gives the ends, for a model that has intervals. */
export function intervalOf(pack: ModelPackage): IntervalOf | undefined {
  if (pack.interval === undefined) return undefined;
  const { half_width: half } = pack.interval;
  if (numberType(pack) === "float64") return (value) => [value - half, value + half];
  return (value) => [Math.fround(value - half), Math.fround(value + half)];
}
