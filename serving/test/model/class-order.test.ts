import assert from "node:assert/strict";

import { checkPackage } from "../../src/check-package.ts";
import { readConfig } from "../../src/config.ts";
import { checkClassOrder } from "../../src/model/class-order.ts";
import type { ModelPackage } from "../../src/model/package.ts";
import { changedPackage, packageOf, type Metadata, type ModelName } from "../support/packages.ts";

const { limits } = readConfig({ MODEL_URI: "." });

/** Moves class `one` to the place of class `other`, as in a package whose metadata somebody edited. */
const swapped = (model: ModelName, one: number, other: number) =>
  changedPackage(model, (metadata: Metadata) => {
    const classes = metadata["classes"] as unknown[];
    [classes[one], classes[other]] = [classes[other], classes[one]];
  });

/** Scores of rows of a made-up graph: for each its label's index and its probabilities. */
function check(rows: [number, number[]][], more: Partial<ModelPackage> = {}): void {
  const width = rows[0]?.[1].length ?? 0;
  const classes = Array.from({ length: width }, (_, value) => ({ value, label: String(value) }));
  checkClassOrder({ classes, positive: null, ...more } as ModelPackage, {
    rows: rows.length,
    classes: Int32Array.from(rows.map(([label]) => label)),
    probabilities: Float32Array.from(rows.flatMap(([, all]) => all)),
    values: new Float32Array(),
  });
}

describe("the order of the classes", function () {
  this.timeout(240_000);
  const models: ModelName[] = ["iris", "diabetes", "titanic", "careful"];

  for (const model of models) {
    it(`of ${model} as training wrote it is that of its graph`, async () => {
      const { refusal } = await checkPackage(await packageOf(model), limits);
      assert.equal(refusal, undefined);
    });
  }

  for (const [model, one, other] of [
    ["iris", 0, 1],
    ["iris", 0, 2],
    ["iris", 1, 2],
    ["diabetes", 0, 1],
    ["titanic", 0, 1],
  ] as const) {
    it(`of ${model} with ${one} and ${other} swapped is refused, whatever the example is of`, async () => {
      const { refusal } = await checkPackage(await swapped(model, one, other), limits);
      assert.equal(refusal?.reason, "classes", JSON.stringify(refusal));
      assert.match(refusal.detail, /in another order than the graph's; train the model again$/);
    });
  }

  it("is not doubted for an estimator that does not label by the highest probability", () => {
    check([
      [1, [0.6, 0.4]],
      [1, [0.7, 0.3]],
      [0, [0.9, 0.1]],
    ]);
  });

  it("is seen between neighbours on a scale, which are often the second likeliest", () => {
    const rows: [number, number[]][] = [
      [0, [0.8, 0.1, 0.1]],
      [1, [0.3, 0.4, 0.3]],
      [2, [0, 0.3, 0.7]],
    ];
    check(rows);
    assert.throws(() => {
      check(rows.map(([label, all]) => [[0, 2, 1][label] ?? 0, all]));
    }, /the graph answers 1 in 1 rows/);
  });

  it("is held to the threshold where the model has one", () => {
    const model = { threshold: 0.3, positive: 1 };
    check([[1, [0.6, 0.4]]], model);
    assert.throws(() => {
      check([[0, [0.6, 0.4]]], model);
    }, /the graph answers 0 in 1 rows/);
  });

  it("is seen where all rows are of one class", () => {
    assert.throws(() => {
      check([
        [1, [0.9, 0.1]],
        [1, [0.8, 0.2]],
      ]);
    }, /the graph answers 1 in 2 rows/);
  });

  it("says nothing of draws, nor of rows without a number", () => {
    check([
      [1, [0.5, 0.5]],
      [0, [NaN, NaN]],
    ]);
  });
});
