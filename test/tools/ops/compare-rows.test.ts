import assert from "node:assert/strict";
import { describePackages } from "../../../tools/ops/compare-rows.ts";

const versions = ["1", "2"].map((version) => ({ version, status: "READY", tags: {}, run: "r" }));
const measured = (features: Record<string, number>) => ({
  metric: "accuracy",
  features: Object.fromEntries(
    Object.entries(features).map(([name, mean]) => [name, { mean, std: 0.01 }]),
  ),
});
const rows = {
  test_rows: 60,
  compared_rows: 50,
  note: "neither was trained on them",
  changed_rows: 2,
  first: [
    {
      row: 7,
      actual: "no",
      answers: [
        { answer: "yes", probability: 0.61 },
        { answer: "no", probability: 0.58 },
      ],
      features: { age: 30 },
    },
  ],
  curves: "/tmp/m-1-2.png",
};

describe("the packages of two versions", () => {
  it("stand side by side: importance by the second, and the rows that are answered otherwise", () => {
    const importance = [
      measured({ age: 0.2, sex: 0.1 }),
      measured({ sex: 0.3, fare: 0.01, age: 0.2 }),
    ];
    assert.deepEqual(describePackages(versions, { importance, rows }).split("\n"), [
      "",
      "importance  version 1, accuracy  version 2, accuracy",
      "sex         0.1000               0.3000",
      "age         0.2000               0.2000",
      "fare        -                    0.0100",
      "",
      "The versions answer otherwise on 2 of 50 test rows (of 60; neither was trained on them)",
      "row  actual  version 1     version 2",
      "7    no      yes (0.6100)  no (0.5800)",
      "curves: /tmp/m-1-2.png",
    ]);
  });

  it("do without an importance that was not measured, and say why rows were not compared", () => {
    const reason = "no YAML of m is known here: name it with --yaml FILE";
    const importance = [undefined, undefined];
    assert.deepEqual(describePackages(versions, { importance, rows: { reason } }).split("\n"), [
      "",
      `The test rows were not compared: ${reason}`,
    ]);
  });

  it("show numbers without a probability, and name no file where there are no curves", () => {
    const answers = ["1.5", "2"].map((answer) => ({ answer, probability: null }));
    const first = [{ row: 1, actual: "2", answers, features: {} }];
    const found = { importance: [], rows: { ...rows, first, curves: null } };
    assert.deepEqual(describePackages(versions, found).split("\n").slice(2), [
      "row  actual  version 1  version 2",
      "1    2       1.5        2",
    ]);
  });
});
