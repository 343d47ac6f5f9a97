import type { Row, Scores } from "./loaded-model.ts";
import { PackageError } from "./package-error.ts";
import { secondsOf } from "./moment.ts";
import type { Feature, ModelPackage } from "./package.ts";
import { generator } from "./random.ts";

const ROWS = 64;
/** Two probabilities that differ by less are a draw. */
const DRAW = 1e-5;

/**
 * Rows of what each feature had in training: its median and the edges of its histogram, or its categories; of a text the example's and none. Values of different
 * features are mixed at random, always the same way, so that most classes occur.
 */
export function drawnRows({ features, example }: ModelPackage): Row[] {
  const values = features.map((feature) =>
    feature.type === "text" ? [String(example[feature.name] ?? ""), ""] : valuesOf(feature),
  );
  const random = generator();
  return Array.from({ length: ROWS }, () =>
    values.map((some) => some[Math.floor(random() * some.length)] ?? NaN),
  );
}

function valuesOf({
  type,
  categories,
  observed,
  histogram,
  datetime,
}: Feature): (number | string)[] {
  if (categories !== null) return categories;
  if (type === "boolean") return [0, 1];
  if (datetime !== undefined) {
    return [datetime.min, datetime.median, datetime.max].map((text) =>
      secondsOf(text, datetime.offset),
    );
  }
  const edges = "edges" in histogram ? histogram.edges : [];
  const numbers = observed ? [observed.min, ...edges, observed.median, observed.max] : edges;
  return type === "integer" ? numbers.map(Math.round) : numbers;
}

/**
 * Compares the order of `classes` with that of the probabilities. In another order each class would be answered with the probability
 * of another one. A class is wrongly placed where none of its rows has its own probability as the highest one (or, with a threshold,
 * on its side of that), and where that probability is on average higher in the rows of some other class. A single row may well
 * differ: some estimators, such as SVC, do not label by the highest probability.
 *
 * @param scores of any rows. @throws PackageError that names the class.
 */
export function checkClassOrder(pack: ModelPackage, { classes, probabilities }: Scores): void {
  const width = pack.classes.length;
  const rows = [...classes]
    .map((label, row) => ({
      label,
      all: probabilities.subarray(row * width, (row + 1) * width),
    }))
    .filter(({ all }) => all.every(Number.isFinite));
  for (const [index, { value }] of pack.classes.entries()) {
    const means = pack.classes.map((_, label) => {
      const some = rows.filter((row) => row.label === label);
      return some.reduce((sum, { all }) => sum + (all[index] ?? NaN), 0) / some.length;
    });
    const [own = NaN] = means.splice(index, 1);
    const others = means.filter(Number.isFinite);
    const labelled = rows.filter(({ label }) => label === index);
    if (labelled.length === 0 || labelled.some(({ all }) => supports(pack, all, index))) continue;
    if (others.length > 0 && own >= Math.max(...others)) continue;
    throw new PackageError(
      "classes",
      `the graph answers ${JSON.stringify(value)} in ${labelled.length} rows, and its probability is not the highest in any of them: ` +
        "'classes' are in another order than the graph's; train the model again",
    );
  }
}

/** Whether these probabilities may have led to this class. */
function supports(pack: ModelPackage, all: Float32Array, index: number): boolean {
  const { threshold, positive } = pack;
  const own = all[index] ?? NaN;
  if (threshold === undefined || positive === null) return own >= Math.max(...all) - DRAW;
  const certain = all[positive] ?? NaN;
  return index === positive ? certain >= threshold - DRAW : certain <= threshold + DRAW;
}
