import assert from "node:assert/strict";

import { appOn, closeApps, predict } from "../support/app.ts";
import { graphPackage } from "../support/graph-packages.ts";
import { changedPackage } from "../support/packages.ts";

interface Answer {
  class: number | string;
  probability: number | null;
  risk_level: string | null;
}

describe("numbers in answers", () => {
  after(closeApps);

  it("are null where the graph has none, and leave the rows beside them alone", async () => {
    const app = await appOn(await graphPackage("logistic"));
    const [good, bad, last] = (await predict(app, [{ x: 1 }, { x: 200 }, { x: -1 }])).json<
      [Answer, Answer, Answer]
    >();
    assert.deepEqual([good.class, good.risk_level], [2, "high"]);
    assert.ok(Math.abs((good.probability ?? 0) - 1 / (1 + Math.exp(-1))) < 1e-6);
    assert.deepEqual([bad.probability, bad.risk_level], [null, null]);
    assert.deepEqual([last.class, last.risk_level], [1, "low"]);
  });

  it("are null for an infinite regression, on every protocol", async () => {
    const app = await appOn(await graphPackage("exponential"));
    const rows = [{ x: 0 }, { x: 200 }];
    const answers = (await predict(app, rows)).json<{ claims: number | null }[]>();
    assert.deepEqual(
      answers.map(({ claims }) => claims),
      [1, null],
    );
    const invoked = await app.inject({
      ...{ method: "POST", url: "/invocations", payload: { dataframe_records: rows } },
    });
    assert.deepEqual(invoked.json<object>(), { predictions: [{ value: 1 }, { value: null }] });
    const inferred = await app.inject({
      ...{ method: "POST", url: "/v2/models/exponential-model/infer" },
      payload: { inputs: [{ name: "x", shape: [2], datatype: "FP32", data: [0, 200] }] },
    });
    const { outputs } = inferred.json<{ outputs: { data: (number | null)[] }[] }>();
    assert.deepEqual(outputs[0]?.data, [1, null]);
  });

  it("keep every digit where the graph takes and gives 64-bit numbers", async () => {
    const app = await appOn(await graphPackage("double"));
    const row = { a: 1_764_093_723.25, b: 0.000_001 };
    const sum = row.a + row.b;
    assert.equal((await predict(app, row)).json<{ sum: number }>().sum, sum);
    const far = (await predict(app, { a: 1e300, b: 1 })).json<{ sum: number }>();
    assert.equal(far.sum, 1e300);
    assert.equal((await predict(app, { a: 1.7e308, b: 1.7e308 })).json<{ sum: null }>().sum, null);
    const beyond = await predict(app, '{"a":1e309,"b":0}');
    assert.match(beyond.body, /does not fit a 64-bit float/);
    const { outputs } = (
      await app.inject({
        ...{ method: "POST", url: "/v2/models/double-model/infer" },
        payload: {
          inputs: [{ name: "features", shape: [1, 2], datatype: "FP64", data: [row.a, row.b] }],
        },
      })
    ).json<{ outputs: { datatype: string; data: number[] }[] }>();
    assert.deepEqual(outputs, [{ name: "value", shape: [1, 1], datatype: "FP64", data: [sum] }]);
    const batch = await predict(app, new Array<unknown>(600).fill(row));
    assert.ok(batch.json<{ sum: number }[]>().every((one) => one.sum === sum));
  });
});

describe("classes in answers", () => {
  after(closeApps);

  it("are their value where they are integers without labels", async () => {
    const app = await appOn(await graphPackage("logistic"));
    assert.equal((await predict(app, { x: 1 })).json<Answer>().class, 2);
    const schema = (await app.inject("/docs/json")).json<{
      components: { schemas: { Prediction: { properties: { class: object } } } };
    }>().components.schemas.Prediction;
    assert.deepEqual(schema.properties.class, { enum: [1, 2] });
  });

  it("are their label where they have one", async () => {
    const classes = [
      { value: 1, label: "good" },
      { value: 2, label: "bad" },
    ];
    const app = await appOn(await graphPackage("logistic", { classes }));
    assert.equal((await predict(app, { x: 1 })).json<Answer>().class, "bad");
  });

  it("stay true and false where the package says so", async () => {
    const output = { name: "class", type: "boolean", unit: null };
    const app = await appOn(await graphPackage("logistic", { output }));
    assert.equal((await predict(app, { x: 1 })).json<{ class: boolean }>().class, true);
  });

  it("beyond 2^53 as integers are refused when the model is loaded, not at each request", async () => {
    const classes = [
      { value: 17, label: "17" },
      { value: 9007199254740992, label: "9007199254740993" },
    ];
    const app = await appOn(await graphPackage("logistic", { classes }));
    const { problem = "" } = app.models.status;
    assert.match(problem, /\/classes\/1 \(9007199254740993\) is a whole number beyond 2\^53/);
    assert.equal((await app.inject("/ready")).statusCode, 503);
  });

  it("that the package does not know are refused when the model is loaded, not at each request", async () => {
    const app = await appOn(
      await changedPackage("iris", ({ classes }) => {
        const last = (classes as { value: string }[])[2];
        if (last !== undefined) last.value = "unheard of";
      }),
    );
    const { problem = "" } = app.models.status;
    assert.match(
      problem,
      /is refused \(classes\): rows drawn from .* unknown class\. Train the model/,
    );
    assert.equal((await app.inject("/ready")).statusCode, 503);
  });
});
