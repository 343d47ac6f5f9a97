import assert from "node:assert/strict";

import type { FastifyInstance } from "fastify";

import { appOn, closeApps, faultsOf, predict } from "../support/app.ts";
import { graphPackage, TEXTS } from "../support/graph-packages.ts";

const TOO_BIG =
  "is a whole number beyond 2^53, which reading JSON rounds: send it as text, in quotes";

/** The graph answers with the category that reached it, so an answer shows what became of a request's value. */
describe("a category's text", () => {
  let app: FastifyInstance;
  before(async () => {
    app = await appOn(await graphPackage("text"));
    assert.ok(app.models.peek() !== undefined, JSON.stringify(app.models.status));
  });
  after(closeApps);

  const post = (url: string, payload: string | Buffer, type = "application/json", more = {}) =>
    app.inject({ method: "POST", url, payload, headers: { "content-type": type, ...more } });
  const invoke = (json: string) => post("/invocations", json);
  const infer = (datatype: string, data: string) =>
    post(
      "/v2/models/text-model/infer",
      `{"inputs":[{"name":"code","shape":[1],"datatype":"${datatype}","data":[${data}]}]}`,
    );

  it("arrives as it is on /predict", async () => {
    const rows = TEXTS.map((code) => ({ code }));
    const answers = (await predict(app, rows)).json<{ answer: string }[]>();
    assert.deepEqual(
      answers.map(({ answer }) => answer),
      TEXTS,
    );
  });

  it("arrives as it is through MLflow's protocol, in JSON and in CSV", async () => {
    const labels = (body: { predictions: { label: string }[] }) =>
      body.predictions.map(({ label }) => label);
    const records = JSON.stringify({ dataframe_records: TEXTS.map((code) => ({ code })) });
    assert.deepEqual(labels((await invoke(records)).json()), TEXTS);
    const csv = await post("/invocations", `code\n${TEXTS.join("\n")}\n`, "text/csv");
    assert.deepEqual(labels(csv.json()), TEXTS);
  });

  it("arrives as it is in tensors", async () => {
    const inputs = [{ name: "code", shape: [TEXTS.length], datatype: "BYTES", data: TEXTS }];
    const answer = await post("/v2/models/text-model/infer", JSON.stringify({ inputs }));
    assert.deepEqual(answer.json<{ outputs: { data: string[] }[] }>().outputs[0]?.data, TEXTS);
  });

  it("may be sent as the number or the boolean that can mean only it", async () => {
    for (const [json, text] of [
      ["2134", "2134"],
      ["100000", "100000"],
      ["1e5", "100000"],
      ["true", "TRUE"],
      ["false", "False"],
    ] as const) {
      const answer = (await predict(app, `{"code":${json}}`)).json<{ answer: string }>();
      assert.equal(answer.answer, text, json);
      const record = await invoke(`{"dataframe_records":[{"code":${json}}]}`);
      assert.equal(record.json<{ predictions: [{ label: string }] }>().predictions[0].label, text);
    }
  });

  it("is never guessed from another number", async () => {
    for (const json of ["7", "1.1", "1.10", "134", "1"]) {
      assert.match(faultsOf(await predict(app, `{"code":${json}}`)).join(), /must be one of 02134/);
    }
  });

  for (const number of [
    "1582218195625938945",
    "1582218195625938947",
    "9007199254740993",
    "1e300",
  ]) {
    it(`is not taken from ${number}, which JSON rounds, on any protocol`, async () => {
      assert.deepEqual(faultsOf(await predict(app, `{"code":${number}}`)), [`/code ${TOO_BIG}`]);
      const record = await invoke(`{"dataframe_records":[{"code":${number}}]}`);
      assert.deepEqual(faultsOf(record), [`/dataframe_records/0/code ${TOO_BIG}`]);
      const tensor = await infer("FP64", number);
      assert.deepEqual(faultsOf(tensor), [`/inputs/0/data/0 ${TOO_BIG}`]);
    });
  }

  it("takes every digit of a 64-bit integer that came as bytes", async () => {
    for (const text of ["1582218195625938945", "1582218195625938947", "9007199254740993", "2134"]) {
      const bytes = Buffer.from(BigInt64Array.of(BigInt(text)).buffer);
      const parameters = { binary_data_size: 8 };
      const json = JSON.stringify({
        inputs: [{ name: "code", shape: [1], datatype: "INT64", parameters }],
      });
      const answer = await post(
        "/v2/models/text-model/infer",
        Buffer.concat([Buffer.from(json), bytes]),
        "application/octet-stream",
        { "inference-header-content-length": String(json.length) },
      );
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(answer.json<{ outputs: [{ data: [string] }] }>().outputs[0].data[0], text);
    }
  });

  it("is refused by the same rule where unknown categories are accepted", async () => {
    const categories = ["1582218195625938945", "1582218195625938947"];
    const feature = app.models.current().package.features[0];
    const lenient = await appOn(
      await graphPackage("text", {
        features: [
          {
            ...feature,
            ...{ categories, unknown: "accept" },
            histogram: { categories, counts: [1, 1], other: 0, missing: 0 },
          },
        ],
        example: { code: "1582218195625938945" },
        expected: {
          label: "1582218195625938945",
          probabilities: TEXTS.map((one) => Number(one === "1582218195625938945")),
          value: null,
        },
      }),
    );
    assert.deepEqual(faultsOf(await predict(lenient, '{"code":1582218195625938947}')), [
      `/code ${TOO_BIG}`,
    ]);
    const text = await predict(lenient, '{"code":"1582218195625938947"}');
    assert.equal(text.json<{ answer: string }>().answer, "1582218195625938947");
    assert.equal((await predict(lenient, '{"code":2134}')).statusCode, 200);
  });
});

describe("a missing value in CSV", () => {
  after(closeApps);

  /** Scores one column of CSV whose feature may be missing; the numbers that were read, or the faults. */
  async function read(fields: string[], missing?: string[]): Promise<unknown> {
    const feature = {
      ...{ name: "x", title: "x", description: null, type: "number", unit: null },
      ...{ required: false, range: null, observed: null, categories: null, unknown: "reject" },
      ...{ histogram: { edges: [1], counts: [1, 1], missing: 0 }, ...(missing && { missing }) },
    };
    const app = await appOn(await graphPackage("exponential", { features: [feature] }));
    const answer = await app.inject({
      ...{ method: "POST", url: "/invocations", headers: { "content-type": "text/csv" } },
      payload: `x\n${fields.join("\n")}\n`,
    });
    if (answer.statusCode === 422) return faultsOf(answer);
    return answer
      .json<{ predictions: { value: number | null }[] }>()
      .predictions.map(({ value }) => value);
  }

  it("is what the package says, and nothing else", async () => {
    assert.deepEqual(await read(["-", "0", '" "'], ["-"]), [null, 1, null]);
    assert.deepEqual(await read(["NA"], ["-"]), ["/0/x must be a number, or null"]);
  });

  it("is pandas' where an older package does not say", async () => {
    assert.deepEqual(await read(["NA", "null", "0"]), [null, null, 1]);
  });
});
