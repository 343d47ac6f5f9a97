import type { Row } from "../model/loaded-model.ts";
import { shuffled } from "./background.ts";

/** What a model answers to each of some rows, a number a row. */
export type Answers = (rows: readonly Row[]) => Promise<readonly number[]>;

/** Why a row has its answer. */
export interface Explanation {
  /** The answer. */
  readonly value: number;
  /** Mean of the answers to the background rows: from there, the contributions lead to the answer. */
  readonly base: number;
  /** By how much each feature moves the answer away from the base; they add up to `value - base`. */
  readonly contributions: readonly number[];
  /** Standard error of each contribution, as only some of all orders were tried. */
  readonly errors: readonly number[];
}

/** Rows of a walk from a background row to the explained one, by where they are among all rows that are scored. */
interface Walk {
  readonly order: readonly number[];
  readonly rows: readonly number[];
}

/**
 * Shapley values of one answer, by sampling: for each background row, its features take on the explained row's values one after the other, in any order, and in the reverse of
 * that order; what the answer moves by at a feature's turn is a sample of its contribution (Castro, Gómez and Tejada, 2009, with the antithetic pairs of Mitchell and others, 2022).
 * The features that the answer does not depend on get exactly 0, and the contributions add up exactly.
 *
 * @param row the explained one
 * @param background rows to start from, of which each costs up to `2 × features - 1` rows to score
 * @param answer of all rows at once
 * @param random numbers from 0 to 1
 */
export async function shapleyValues(
  row: Row,
  background: readonly Row[],
  answer: Answers,
  random: () => number,
): Promise<Explanation> {
  const rows: Row[] = [row];
  const pairs = background.map((start) => {
    const order = shuffled(row.length, random);
    const first = rows.push(start) - 1;
    return [order, order.toReversed()].map((one) => walk(row, one, first, rows));
  });
  const answers = await answer(rows);
  const at = (index: number): number => answers[index] ?? NaN;
  // What both walks of a background row say together is one sample: they depend on each other.
  const samples = pairs.map((walks) => {
    const sample = new Float64Array(row.length);
    for (const { order, rows: path } of walks) {
      for (const [turn, feature] of order.entries()) {
        const moved = at(path[turn + 1] ?? NaN) - at(path[turn] ?? NaN);
        sample[feature] = (sample[feature] ?? 0) + moved / walks.length;
      }
    }
    return sample;
  });
  const found = row.map((_, feature) => meanAndError(samples.map((one) => one[feature] ?? NaN)));
  return {
    value: at(0),
    base: mean(pairs.map(([forth]) => at(forth?.rows[0] ?? NaN))),
    contributions: found.map(([value]) => value),
    errors: found.map(([, error]) => error),
  };
}

/** Adds the rows between the background row at `first` and the explained one, which is at 0. */
function walk(row: Row, order: readonly number[], first: number, rows: Row[]): Walk {
  const path = [first];
  let current = rows[first] ?? [];
  const differs = (feature: number): boolean => !Object.is(row[feature], current[feature]);
  let left = order.filter(differs).length;
  for (const feature of order) {
    if (!differs(feature)) path.push(path.at(-1) ?? first);
    else if (--left === 0) path.push(0);
    else {
      current = current.with(feature, row[feature] ?? NaN);
      path.push(rows.push(current) - 1);
    }
  }
  return { order, rows: path };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** Mean, and its standard error. */
function meanAndError(numbers: readonly number[]): readonly [number, number] {
  const middle = mean(numbers);
  const squares = numbers.reduce((sum, one) => sum + (one - middle) ** 2, 0);
  return [middle, Math.sqrt(squares / (numbers.length - 1) / numbers.length)];
}
