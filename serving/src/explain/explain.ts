import type { LoadedModel, Row, Scores } from "../model/loaded-model.ts";
import { generator } from "../model/random.ts";
import { backgroundRows } from "./background.ts";
import { shapleyValues, type Explanation } from "./shapley.ts";

/** Background rows: with fewer, the sampling error cannot be told well; more are not worth their time. */
const [FEWEST, MOST] = [8, 128];

/** An explanation, of which answer, and by how many orders of the features. */
export interface ExplainedAnswer extends Explanation {
  /** What is explained: the probability of this class, or the number that is answered. */
  readonly of: { readonly probabilityOf: number } | "value";
  readonly orders: number;
}

/**
 * Explains the answer to a row: the positive class's probability, of several classes that of the answered one, else the number.
 *
 * @param rows that may be scored for it, as far as the fewest background rows do
 * @param scores of the row
 */
export async function explain(
  model: LoadedModel,
  row: Row,
  scores: Scores,
  rows: number,
): Promise<ExplainedAnswer> {
  const { package: pack } = model;
  const random = generator();
  const pairs = Math.min(MOST, Math.max(FEWEST, Math.floor(rows / (2 * row.length))));
  const [example = row] = model.validate([pack.example]);
  const background = backgroundRows(pack, example, pairs, random);
  const of = pack.task === "regression" ? "value" : { probabilityOf: explained(model, scores) };
  const answer = async (all: readonly Row[]): Promise<number[]> =>
    numbersOf(await model.score(all, false), of, pack.classes.length);
  return { ...(await shapleyValues(row, background, answer, random)), of, orders: 2 * pairs };
}

function explained({ package: pack }: LoadedModel, { classes }: Scores): number {
  return pack.positive ?? classes[0] ?? 0;
}

function numbersOf(
  { rows, values, probabilities }: Scores,
  of: ExplainedAnswer["of"],
  width: number,
): number[] {
  if (of === "value") return [...values];
  const { probabilityOf } = of;
  return Array.from(
    { length: rows },
    (_, row) => probabilities[row * width + probabilityOf] ?? NaN,
  );
}
