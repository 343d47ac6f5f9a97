import { secondsOf } from "../model/moment.ts";
import type { Row } from "../model/loaded-model.ts";
import { isText, type Feature, type ModelPackage } from "../model/package.ts";

const DAY = 86_400;

/** The value of a feature below which a share of the training rows lies, for a share from 0 to 1; missing ones lie on top. */
type Quantile = (share: number) => number | string;

/**
 * Rows like those of the training, drawn from each feature's histogram in the package and so from no person's row. Features are drawn apart from each other. They are
 * a Latin hypercube (McKay, Beckman and Conover, 1979): of `count` rows, each has its own `count`-th part of every feature's values, so that few rows cover all of them.
 *
 * @param example the package's example row: the package has no other value of a text, nor of anything where the training's rows are unknown
 * @param random numbers from 0 to 1
 */
export function backgroundRows(
  { features }: ModelPackage,
  example: Row,
  count: number,
  random: () => number,
): Row[] {
  const columns = features.map((feature, at) => {
    const valueAt = quantile(feature, example[at] ?? NaN);
    return shuffled(count, random).map((part) => valueAt((part + 0.5) / count));
  });
  return Array.from({ length: count }, (_, row) => columns.map((column) => column[row] ?? NaN));
}

/** The numbers below `count`, in any order (Fisher and Yates). */
export function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen] ?? 0, order[last] ?? 0];
  }
  return order;
}

function quantile(feature: Feature, shown: number | string): Quantile {
  const { histogram } = feature;
  const counts = [...histogram.counts, histogram.missing];
  const all = counts.reduce((sum, one) => sum + one, 0);
  const missing = isText(feature) ? "" : NaN;
  const inBin = feature.type === "text" ? () => shown : binValue(feature);
  return (share) => {
    let left = share * all;
    for (const [bin, count] of counts.entries()) {
      if (left < count) return bin === counts.length - 1 ? missing : inBin(bin, left / count);
      left -= count;
    }
    return shown;
  };
}

/** The value of a bin, a share of it from its lower end, as the training takes values to lie evenly in between. */
function binValue(feature: Feature): (bin: number, share: number) => number | string {
  const { histogram, observed, datetime, type } = feature;
  if ("categories" in histogram) return (bin) => histogram.categories[bin] ?? "";
  const { edges } = histogram;
  const [low = NaN, high = NaN] =
    datetime === undefined
      ? [observed?.min, observed?.max]
      : [datetime.min, datetime.max].map((text) => secondsOf(text, datetime.offset));
  if (type === "boolean") return (bin) => ((edges[bin] ?? high) > 0 ? 1 : 0);
  const ends = [low, ...edges, high];
  const unit = datetime?.time === false ? DAY : 1;
  return (bin, share) => {
    const [from = low, to = high] = [ends[bin], ends[bin + 1]];
    const between = from + share * (to - from);
    // A bin is open below and closed above, so that the next whole number lies in it.
    return type === "number" ? between : Math.min(Math.ceil(between / unit) * unit, to);
  };
}
