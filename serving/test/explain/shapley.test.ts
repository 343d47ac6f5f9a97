import assert from "node:assert/strict";

import { shapleyValues } from "../../src/explain/shapley.ts";
import type { Row } from "../../src/model/loaded-model.ts";
import { generator } from "../../src/model/random.ts";

const random = generator();
const BACKGROUND: Row[] = Array.from({ length: 64 }, () => [random(), random(), random()]);
const ROW: Row = [2, 3, 5];

/** Answers every row by a formula, and counts the rows. */
function model(formula: (a: number, b: number, c: number) => number) {
  const asked = { rows: 0 };
  const answer = (rows: readonly Row[]) => {
    asked.rows += rows.length;
    return Promise.resolve(rows.map(([a, b, c]) => formula(Number(a), Number(b), Number(c))));
  };
  return { asked, answer };
}

const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
const near = (found: number | undefined, wanted: number, by = 1e-9) => {
  assert.ok(Math.abs((found ?? NaN) - wanted) <= by, `${String(found)} instead of ${wanted}`);
};

describe("sampled Shapley values", () => {
  it("of a sum are what each term differs by from its mean", async () => {
    const { answer } = model((a, b) => 7 * a - 2 * b + 1);
    const { value, base, contributions } = await shapleyValues(ROW, BACKGROUND, answer, random);
    const means = [0, 1].map((at) => mean(BACKGROUND.map((row) => Number(row[at]))));
    near(value, 9);
    near(base, 7 * (means[0] ?? 0) - 2 * (means[1] ?? 0) + 1);
    near(contributions[0], 7 * (2 - (means[0] ?? 0)));
    near(contributions[1], -2 * (3 - (means[1] ?? 0)));
  });

  it("are exactly nothing, without an error, for a feature that the answer does not depend on", async () => {
    const { answer } = model((a, b) => Math.exp(a) * b);
    const { contributions, errors } = await shapleyValues(ROW, BACKGROUND, answer, random);
    assert.equal(contributions[2], 0);
    assert.equal(errors[2], 0);
  });

  it("share what two features do together in equal parts", async () => {
    const zeros: Row[] = Array.from({ length: 8 }, () => [0, 0, 0]);
    const { answer } = model((a, b) => a * b);
    const { contributions } = await shapleyValues(ROW, zeros, answer, random);
    assert.deepEqual(contributions, [3, 3, 0]);
  });

  it("add up to the answer's distance from the base, whatever the model", async () => {
    const { answer } = model((a, b, c) => Math.sin(a * b) + c ** a);
    const found = await shapleyValues(ROW, BACKGROUND, answer, random);
    near(
      found.contributions.reduce((sum, one) => sum + one, 0),
      found.value - found.base,
    );
  });

  it("score no row twice where the explained row has a background row's value", async () => {
    const { asked, answer } = model((a, b, c) => a + b + c);
    await shapleyValues(ROW, [[2, 3, 0]], answer, random);
    assert.equal(asked.rows, 2);
  });

  it("tell an error that covers the truth, and falls with the number of background rows", async () => {
    const { answer } = model((a, b, c) => a * b * c);
    const few = await shapleyValues(ROW, BACKGROUND.slice(0, 8), answer, random);
    const many = await shapleyValues(ROW, BACKGROUND, answer, random);
    const [error = 0, less = 0] = [few.errors[0], many.errors[0]];
    assert.ok(less < error, `${less} of 64, ${error} of 8`);
    assert.ok(Math.abs((few.contributions[0] ?? 0) - (many.contributions[0] ?? 0)) < 4 * error);
  });

  it("of a model that answers no number are none, rather than wrong", async () => {
    const { answer } = model((a, b) => (a > 1 && b < 1 ? NaN : a));
    const { value, contributions } = await shapleyValues(ROW, BACKGROUND, answer, random);
    assert.equal(value, 2);
    assert.ok(contributions.slice(0, 2).every(Number.isNaN), String(contributions));
  });
});
