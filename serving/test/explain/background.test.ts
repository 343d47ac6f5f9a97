import assert from "node:assert/strict";

import { backgroundRows } from "../../src/explain/background.ts";
import type { Feature, ModelPackage } from "../../src/model/package.ts";
import { generator } from "../../src/model/random.ts";

const COUNT = 100;

const FEATURE = {
  ...{ name: "x", title: "x", description: null, unit: null, required: true, range: null },
  ...{ categories: null, unknown: "reject" as const, observed: null },
};

/** Its value in each of a hundred background rows. */
function drawn(feature: Partial<Feature>, shown: number | string = NaN): (number | string)[] {
  const pack = { features: [{ ...FEATURE, ...feature }] } as unknown as ModelPackage;
  return backgroundRows(pack, [shown], COUNT, generator()).map(([value]) => value ?? NaN);
}

const share = (values: readonly unknown[], wanted: (value: unknown) => boolean) =>
  values.filter(wanted).length / values.length;

describe("background rows", () => {
  it("have numbers in the bins of the histogram, as often as the training", () => {
    const values = drawn({
      type: "number",
      observed: { min: 0, max: 10, median: 2 },
      histogram: { edges: [1, 4], counts: [50, 30, 20], missing: 0 },
    }).map(Number);
    assert.equal(
      share(values, (one) => Number(one) <= 1),
      0.5,
    );
    assert.equal(
      share(values, (one) => Number(one) > 4),
      0.2,
    );
    assert.ok(Math.min(...values) >= 0 && Math.max(...values) <= 10);
  });

  it("have whole numbers where the feature is one, each as often as in the training", () => {
    const values = drawn({
      type: "integer",
      observed: { min: 0, max: 2, median: 1 },
      histogram: { edges: [0, 1], counts: [20, 50, 30], missing: 0 },
    });
    assert.deepEqual(
      [0, 1, 2].map((number) => share(values, (one) => one === number)),
      [0.2, 0.5, 0.3],
    );
  });

  it("have 0 and 1 of a boolean", () => {
    const values = drawn({
      type: "boolean",
      observed: { min: 0, max: 1, median: 0 },
      histogram: { edges: [0], counts: [75, 25], missing: 0 },
    });
    assert.deepEqual(
      [0, 1].map((number) => share(values, (one) => one === number)),
      [0.75, 0.25],
    );
  });

  it("have each category, and gaps, as often as the training", () => {
    const values = drawn({
      type: "category",
      categories: ["a", "b"],
      histogram: { categories: ["a", "b"], counts: [60, 30], other: 0, missing: 10 },
    });
    assert.deepEqual(
      ["a", "b", ""].map((text) => share(values, (one) => one === text)),
      [0.6, 0.3, 0.1],
    );
  });

  it("have gaps of numbers as NaN", () => {
    const values = drawn({
      type: "number",
      observed: { min: 1, max: 1, median: 1 },
      histogram: { edges: [], counts: [80], missing: 20 },
    });
    assert.equal(share(values, Number.isNaN), 0.2);
    assert.equal(
      share(values, (one) => one === 1),
      0.8,
    );
  });

  it("have whole days of dates, and seconds of times", () => {
    const datetime = { offset: false, min: "2026-01-01", max: "2026-01-11", median: "2026-01-05" };
    const day = { type: "datetime" as const, histogram: { edges: [], counts: [5], missing: 0 } };
    const dates = drawn({ ...day, datetime: { ...datetime, time: false } }).map(Number);
    assert.ok(dates.every((seconds) => seconds % 86_400 === 0));
    assert.ok(new Set(dates).size > 8, String(dates));
    const times = drawn({ ...day, datetime: { ...datetime, time: true } }).map(Number);
    assert.ok(times.every(Number.isInteger) && times.some((seconds) => seconds % 86_400 !== 0));
  });

  it("have the example's text and none, as a package has no other", () => {
    const values = drawn(
      { type: "text", max_length: 50, histogram: { edges: [], counts: [90], missing: 10 } },
      "great stay",
    );
    assert.deepEqual(new Set(values), new Set(["great stay", ""]));
  });

  it("have the example's value where nothing is known of the training's rows", () => {
    const histogram = { categories: ["a", "b"], counts: [0, 0], other: 0, missing: 0 };
    const values = drawn({ type: "category", categories: ["a", "b"], histogram }, "b");
    assert.deepEqual(new Set(values), new Set(["b"]));
  });

  it("mix the values of different features", () => {
    const feature = {
      ...{ ...FEATURE, type: "number" as const, observed: { min: 0, max: 1, median: 0.5 } },
      histogram: { edges: [], counts: [9], missing: 0 },
    };
    const pack = { features: [feature, feature] } as unknown as ModelPackage;
    const rows = backgroundRows(pack, [0, 0], COUNT, generator());
    const both = rows.filter(([one, other]) => Number(one) < 0.5 && Number(other) < 0.5).length;
    assert.ok(both > 10 && both < 40, `${both} of ${COUNT}`);
  });
});
