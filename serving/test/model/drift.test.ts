import assert from "node:assert/strict";

import { DriftMonitor } from "../../src/model/drift.ts";
import type { LoadedModel, Row } from "../../src/model/loaded-model.ts";
import { appWith, closeApps } from "../support/app.ts";

const MINUTE = 60_000;

describe("drift", () => {
  let model: LoadedModel;
  let now: number;
  let monitor: DriftMonitor;
  before(async () => {
    model = (await appWith("titanic")).models.current();
  });
  beforeEach(() => {
    now = 1_000_000 * MINUTE;
    monitor = new DriftMonitor(model.package, () => now);
  });
  after(closeApps);

  /** Rows drawn from the package's own histograms, in proportion. */
  function like(scale: number): Row[] {
    const columns = model.package.features.map(({ histogram }) => {
      const values =
        "categories" in histogram
          ? histogram.categories
          : [...histogram.edges, (histogram.edges.at(-1) ?? 0) + 1];
      const drawn = histogram.counts.flatMap((count, bin) =>
        new Array<number | string>(Math.round(count * scale)).fill(values[bin] ?? ""),
      );
      const missing = "categories" in histogram ? "" : NaN;
      return [
        ...drawn,
        ...new Array<number | string>(Math.round(histogram.missing * scale)).fill(missing),
      ];
    });
    const length = Math.min(...columns.map((column) => column.length));
    return Array.from({ length }, (_, i) => columns.map((column) => column[i] ?? ""));
  }

  const psiOf = (feature: string) =>
    monitor.drift().find((one) => one.feature === feature)?.psi ?? NaN;

  it("is near zero for rows like those of the training split", () => {
    monitor.observe(like(1));
    for (const { feature, psi } of monitor.drift()) assert.ok(psi < 0.01, `${feature} ${psi}`);
  });

  it("is large for a number, a category and a missing value that shifted", () => {
    const sex = model.package.features.findIndex(({ name }) => name === "sex");
    const age = model.package.features.findIndex(({ name }) => name === "age");
    monitor.observe(
      like(1).map((row) => row.map((one, i) => (i === sex ? "female" : i === age ? NaN : one))),
    );
    assert.ok(psiOf("sex") > 0.25);
    assert.ok(psiOf("age") > 0.25);
    assert.ok(psiOf("pclass") < 0.01);
  });

  it("follows the formula", () => {
    const sex = model.package.features.findIndex(({ name }) => name === "sex");
    const { histogram } = model.package.features[sex] ?? assert.fail();
    const [female = 0, male = 0] = histogram.counts;
    const e = female / (female + male);
    const values = (row: number) =>
      model.package.features.map((_, i) => (i !== sex ? NaN : row % 2 === 0 ? "female" : "male"));
    monitor.observe(Array.from({ length: 200 }, (_, row) => values(row)));
    const psi = (0.5 - e) * Math.log(0.5 / e) + (0.5 - (1 - e)) * Math.log(0.5 / (1 - e));
    assert.ok(Math.abs(psiOf("sex") - psi) < 1e-9);
  });

  it("counts a value on a bin's edge into the lower bin", () => {
    const age = model.package.features[2] ?? assert.fail();
    const histogram = { edges: [10], counts: [50, 50], missing: 0 };
    const pack = { ...model.package, features: [{ ...age, histogram }] };
    const narrow = new DriftMonitor(pack, () => now);
    narrow.observe(Array.from({ length: 100 }, (_, i) => [i < 50 ? 10 : 10.001]));
    assert.ok((narrow.drift()[0]?.psi ?? 1) < 1e-12);
  });

  it("says nothing below a hundred rows", () => {
    monitor.observe(like(1).slice(0, 99));
    assert.deepEqual(monitor.drift(), []);
    assert.equal(monitor.rows(), 99);
  });

  it("forgets rows after an hour", () => {
    monitor.observe(like(1));
    const { length } = like(1);
    now += 54 * MINUTE;
    assert.equal(monitor.rows(), length);
    now += 7 * MINUTE;
    assert.equal(monitor.rows(), 0);
    assert.deepEqual(monitor.drift(), []);
  });
});
