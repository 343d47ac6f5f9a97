import assert from "node:assert/strict";

import { appOn, closeApps, predict } from "./support/app.ts";
import { casePackage } from "./support/packages.ts";

/** A row, and what the case's README says is right for it: the answer, and the graph's own class. */
type Expected = readonly [row: Record<string, string | number>, answer: unknown, label: unknown];

/** Cases of own tables (training/tests/cases) whose right value is an answer. */
const CASES: Record<string, { readonly output: string; readonly rows: readonly Expected[] }> = {
  "class-1-2": { output: "class", rows: [[{ age: 40, visits: 2 }, 2, 2]] },
  "class-1-2-labels": { output: "class", rows: [[{ age: 40, visits: 2 }, "bad", 2]] },
  "big-class-binary": {
    output: "shop",
    rows: [
      [{ age: 40, visits: 3 }, "9007199254740993", "9007199254740993"],
      [{ age: 40, visits: 5 }, "17", "17"],
    ],
  },
  "big-id-no-gap": {
    output: "left",
    rows: [
      [{ shop: "1582218195625938945", spend: 50 }, "yes", "yes"],
      [{ shop: "1582218195625938947", spend: 50 }, "no", "no"],
    ],
  },
  "big-id-with-gap": {
    output: "left",
    rows: [[{ shop: "1582218195625938945", spend: 50 }, "yes", "yes"]],
  },
  "leading-zeros": {
    output: "left",
    rows: [
      [{ zip: "02134", spend: 50 }, "yes", "yes"],
      [{ zip: "2134", spend: 50 }, "no", "no"],
    ],
  },
};

describe("cases of own tables, served", () => {
  after(closeApps);

  for (const [name, { output, rows }] of Object.entries(CASES)) {
    it(`answers ${name} right on every protocol`, async () => {
      const app = await appOn(await casePackage(name));
      assert.ok(app.models.peek() !== undefined, JSON.stringify(app.models.status));
      const { model, features } = app.models.current().package;
      const sent = rows.map(([row]) => row);
      const answers = (await predict(app, sent)).json<Record<string, unknown>[]>();
      assert.deepEqual(
        answers.map((answer) => answer[output]),
        rows.map(([, answer]) => answer),
      );
      const labels = rows.map(([, , label]) => label);
      const names = features.map((feature) => feature.name);
      const csv = [names, ...sent.map((row) => names.map((one) => row[one]))].join("\n");
      for (const [type, payload] of [
        ["application/json", JSON.stringify({ dataframe_records: sent })],
        ["text/csv", csv],
      ] as const) {
        const headers = { "content-type": type };
        const invoked = await app.inject({ method: "POST", url: "/invocations", headers, payload });
        const { predictions } = invoked.json<{ predictions: { label: unknown }[] }>();
        assert.deepEqual(
          predictions.map(({ label }) => label),
          labels,
          type,
        );
      }
      const inputs = features.map((feature) => ({
        ...{ name: feature.name, shape: [sent.length] },
        datatype: feature.type === "category" ? "BYTES" : "FP64",
        data: sent.map((row) => row[feature.name]),
      }));
      const inferred = await app.inject({
        ...{ method: "POST", url: `/v2/models/${model}/infer`, payload: { inputs } },
      });
      const [first] = inferred.json<{ outputs: { data: unknown[] }[] }>().outputs;
      assert.deepEqual(first?.data, labels);
    });
  }

  const FAR: [string, Record<string, unknown>, Record<string, unknown>, string][] = [
    ["gnb-far", { x: 0, k: 1e30, c: "red" }, { x: 0, k: 2, c: "red" }, "probability"],
    ["poisson-far", { visits: 200, age: 4 }, { visits: 2, age: 7 }, "claims"],
  ];
  for (const [name, far, near, key] of FAR) {
    it(`answers ${name} with JSON that every parser reads, and its neighbour as ever`, async () => {
      const app = await appOn(await casePackage(name));
      const [answers, alone] = await Promise.all([predict(app, [far, near]), predict(app, near)]);
      assert.equal(answers.statusCode, 200, answers.body);
      assert.doesNotMatch(answers.body, /NaN|Infinity/);
      const [odd, usual] = answers.json<Record<string, unknown>[]>();
      assert.ok(odd?.[key] === null || Number.isFinite(odd?.[key]), answers.body);
      assert.deepEqual(usual, alone.json());
      assert.equal(typeof usual?.[key], "number");
    });
  }

  it("takes TRUE as text and as the boolean that pandas makes of it", async () => {
    const app = await appOn(await casePackage("true-text"));
    const answers = await Promise.all(
      ["TRUE", true].map((answer) => predict(app, { answer, visits: 4 })),
    );
    const [text, flag] = answers.map((one) => one.body);
    assert.equal(answers[0]?.statusCode, 200, text);
    assert.equal(flag, text);
    assert.notEqual((await predict(app, { answer: "FALSE", visits: 4 })).body, text);
    assert.equal((await predict(app, { answer: "True", visits: 4 })).statusCode, 422);
  });
});
