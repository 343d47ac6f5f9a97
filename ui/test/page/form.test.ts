import assert from "node:assert/strict";
import { errorsByField, exampleEntries, hintOf, scaleOf, toRow } from "../../page/form.ts";
import { diabetes, feature, titanic } from "../support/packages.ts";

describe("the form", () => {
  it("opens with the model's example and sends it back unchanged", () => {
    for (const { features, example } of [diabetes, titanic]) {
      const present = Object.fromEntries(Object.entries(example).filter(([, v]) => v !== null));
      const entries = exampleEntries({ ...diabetes, features, example });
      assert.deepEqual(toRow(features, entries), present);
    }
  });

  it("opens an optional feature that the example lacks as missing", () => {
    assert.deepEqual(exampleEntries(titanic)["Port"], { value: "", missing: true });
  });

  it("leaves out what is missing or empty, so that the API says what it needs", () => {
    const entries = {
      ...exampleEntries(titanic),
      Age: { value: "22", missing: true },
      Sex: { value: "", missing: false },
    };
    assert.deepEqual(toRow(titanic.features, entries), { Alone: true });
  });

  it("sends categories as text even when they look like numbers", () => {
    const pclass = feature("Pclass", { type: "category", categories: ["1", "2"] });
    const entries = exampleEntries({ ...titanic, features: [pclass], example: { Pclass: 2 } });
    assert.deepEqual(toRow([pclass], entries), { Pclass: "2" });
  });
});

describe("a slider", () => {
  it("spans the enforced range, in about 200 round steps", () => {
    const range = { min: 0, max: 300 };
    assert.deepEqual(scaleOf(feature("x", { range })), { min: 0, max: 300, step: 1 });
  });

  it("spans what training saw where no range is enforced", () => {
    const observed = { min: 0.08, max: 2.42, median: 0.37 };
    assert.deepEqual(scaleOf(feature("x", { observed })), { min: 0.08, max: 2.42, step: 0.01 });
  });

  it("takes an open end of the range from what training saw", () => {
    const range = { min: -50, max: null };
    assert.deepEqual(scaleOf(feature("x", { range })), { min: -50, max: 100, step: 0.5 });
  });

  it("moves in whole steps for an integer", () => {
    const observed = { min: 0, max: 17, median: 3 };
    assert.equal(scaleOf(feature("x", { type: "integer", observed }))?.step, 1);
  });

  it("is left out where an end is unknown or there is nothing between the ends", () => {
    assert.equal(scaleOf(feature("x", { observed: null })), null);
    assert.equal(scaleOf(feature("x", { observed: { min: 3, max: 3, median: 3 } })), null);
  });
});

describe("a hint", () => {
  it("tells the enforced range and what training saw", () => {
    const range = { min: 0, max: 300 };
    assert.equal(hintOf(feature("x", { range })), "0 to 300; in training 0 to 100, median 50");
  });

  it("tells a range with one end", () => {
    const alone = (min: number | null, max: number | null) =>
      hintOf(feature("x", { range: { min, max }, observed: null }));
    assert.deepEqual(
      [alone(0, null), alone(null, 9), alone(null, null)],
      ["0 or more", "9 or less", ""],
    );
  });
});

describe("errors of a 422", () => {
  const features = [feature("BMI"), feature("a/b~c")];

  it("belong to the field that their pointer names, escapes undone", () => {
    const errors = [
      { path: "/BMI", detail: "must be a number" },
      { path: "/a~1b~0c", detail: "is required" },
    ];
    assert.deepEqual(errorsByField({ errors }, features), {
      fields: { BMI: "must be a number", "a/b~c": "is required" },
      rest: [],
    });
  });

  it("that name no field are kept apart", () => {
    const errors = [{ path: "/Other", detail: "is not a feature" }];
    const { fields, rest } = errorsByField({ errors }, features);
    assert.deepEqual([fields, rest], [{}, ["/Other is not a feature"]]);
  });

  it("may be absent", () => {
    assert.deepEqual(errorsByField({}, features), { fields: {}, rest: [] });
  });
});
