import assert from "node:assert/strict";
import { type ModelDescription, randomRow } from "../loadtest/bodies.ts";
import { optionsFor, SCENARIO_NAMES } from "../loadtest/scenarios.ts";

const MODEL: ModelDescription = {
  name: "titanic-model",
  version: "1",
  features: [
    { name: "Fare", type: "number", observed: { min: 0, max: 500 }, categories: null },
    { name: "Pclass", type: "integer", observed: { min: 1, max: 3 }, categories: null },
    { name: "Sex", type: "category", observed: null, categories: ["female", "male"] },
    { name: "Alone", type: "boolean", observed: null, categories: null },
    { name: "Odd", type: "number", observed: null, categories: null },
  ],
  example: { Fare: 7, Pclass: 3, Sex: "male", Alone: true, Odd: 5 },
};

describe("load test", () => {
  it("draws rows from what training saw, and keeps the example where nothing is known", () => {
    const lowest = { Fare: 0, Pclass: 1, Sex: "female", Alone: true, Odd: 5 };
    const highest = { Fare: 499.5, Pclass: 3, Sex: "male", Alone: false, Odd: 5 };
    assert.deepEqual(
      randomRow(MODEL, () => 0),
      lowest,
    );
    assert.deepEqual(
      randomRow(MODEL, () => 0.999),
      highest,
    );
  });

  it("lets no run pass with a failed request", () => {
    for (const name of SCENARIO_NAMES) {
      assert.deepEqual(optionsFor(name).thresholds?.["http_req_failed"], ["rate==0"]);
    }
  });

  it("names the scenarios when it is asked for another", () => {
    assert.throws(
      () => optionsFor("storm"),
      /unknown scenario 'storm': use one of smoke, steady, ramp/,
    );
  });
});
