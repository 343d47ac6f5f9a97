import assert from "node:assert/strict";

import type { FastifyInstance } from "fastify";

import { appWith } from "../../support/app.ts";

const PATIENT = [6, 148, 72, 35, 0, 33.6, 0.627, 50];
const URL = "/v2/models/diabetes-model/infer";

interface Problem {
  error: string;
  status: number;
  detail: string;
  errors?: { path: string; detail: string }[];
}

describe("Open Inference Protocol", () => {
  let diabetes: FastifyInstance;
  let titanic: FastifyInstance;

  before(async () => {
    diabetes = await appWith("diabetes", { MAX_ROWS: "50" });
    titanic = await appWith("titanic");
  });

  after(() => Promise.all([diabetes.close(), titanic.close()]));

  const matrix = (data: unknown, shape = [1, 8], more: object = {}) => ({
    inputs: [{ name: "features", shape, datatype: "FP32", data }],
    ...more,
  });

  async function infer(payload: object | string, app = diabetes, url = URL) {
    const headers = { "content-type": "application/json" };
    const response = await app.inject({ method: "POST", url, headers, payload });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  }

  async function refused(payload: object | string, status: number, app = diabetes, url = URL) {
    const { status: found, body } = await infer(payload, app, url);
    assert.equal(found, status, JSON.stringify(body));
    const problem = body as unknown as Problem;
    assert.equal(problem.status, status);
    assert.ok(problem.error.startsWith(problem.detail), problem.error);
    return problem;
  }

  function first(body: Record<string, unknown>): unknown[] {
    return (body["outputs"] as { data: unknown[] }[]).map(({ data }) => data);
  }

  it("echoes the id and names model, version and the graph's outputs", async () => {
    const { status, body } = await infer(matrix(PATIENT, [1, 8], { id: "a1" }));
    assert.equal(status, 200);
    assert.equal(body["id"], "a1");
    assert.equal(body["model_name"], "diabetes-model");
    assert.deepEqual(
      (body["outputs"] as object[]).map((output) => ({ ...output, data: undefined })),
      [
        { name: "label", shape: [1], datatype: "INT64", data: undefined },
        { name: "probabilities", shape: [1, 2], datatype: "FP32", data: undefined },
      ],
    );
    const { body: without } = await infer(matrix(PATIENT));
    assert.ok(!("id" in without));
  });

  it("takes flat and nested data, a matrix and one tensor a feature, with one answer", async () => {
    const { body: flat } = await infer(matrix([...PATIENT, ...PATIENT], [2, 8]));
    const { body: nested } = await infer(matrix([PATIENT, PATIENT], [2, 8]));
    const { features } = diabetes.models.current().package;
    const inputs = features.map(({ name }, i) => ({
      name,
      shape: i % 2 === 0 ? [2] : [2, 1],
      datatype: Number.isInteger(PATIENT[i]) ? "INT32" : "FP64",
      data: i % 2 === 0 ? [PATIENT[i], PATIENT[i]] : [[PATIENT[i]], [PATIENT[i]]],
    }));
    const { body: byFeature } = await infer({ inputs: inputs.reverse() });
    assert.equal(first(flat).flat().length, 6);
    assert.deepEqual(first(nested), first(flat));
    assert.deepEqual(first(byFeature), first(flat));
  });

  it("answers only the outputs that were asked for, in that order", async () => {
    const { body } = await infer(matrix(PATIENT, [1, 8], { outputs: [{ name: "probabilities" }] }));
    assert.deepEqual(
      (body["outputs"] as { name: string }[]).map(({ name }) => name),
      ["probabilities"],
    );
    const problem = await refused(matrix(PATIENT, [1, 8], { outputs: [{ name: "x" }] }), 422);
    assert.equal(problem.errors?.[0]?.path, "/outputs/0/name");
  });

  it("takes a missing optional feature as NaN, null, an empty tensor list or none", async () => {
    const { features, example } = titanic.models.current().package;
    const url = "/v2/models/titanic-model/infer";
    const tensor = (name: string, datatype: string, data: unknown[]) => ({
      name,
      shape: [1],
      datatype,
      data,
    });
    const given = features
      .filter(({ name }) => name !== "age")
      .map(({ name, type }) =>
        tensor(name, type === "category" ? "BYTES" : "FP32", [example[name]]),
      );
    const { status, body: absent } = await infer({ inputs: given }, titanic, url);
    assert.equal(status, 200, JSON.stringify(absent));
    const { body: nil } = await infer(
      { inputs: [...given, tensor("age", "FP32", [null])] },
      titanic,
      url,
    );
    assert.deepEqual(first(nil), first(absent));
    const text = JSON.stringify({ inputs: [...given, tensor("age", "FP32", ["?"])] });
    const { body: nan } = await infer(text.replace('"?"', "NaN"), titanic, url);
    assert.deepEqual(first(nan), first(absent));
  });

  it("holds values to the model's ranges and categories, at their path in the request", async () => {
    const bad = await refused(matrix([[...PATIENT.slice(0, 7), -1]]), 422);
    assert.equal(bad.errors?.[0]?.path, "/inputs/0/data/0/7");
    assert.match(bad.error, /\/inputs\/0\/data\/0\/7 must be/);
    const flat = await refused(matrix([...PATIENT, ...PATIENT.slice(0, 7), 1e6], [2, 8]), 422);
    assert.equal(flat.errors?.[0]?.path, "/inputs/0/data/15");
    const sex = { name: "sex", shape: [1], datatype: "BYTES", data: ["other"] };
    const url = "/v2/models/titanic-model/infer";
    const category = await refused({ inputs: [sex] }, 422, titanic, url);
    assert.ok(category.errors?.some(({ path }) => path === "/inputs/0/data/0"));
    assert.ok(category.errors?.some(({ path }) => path === "/inputs"));
  });

  it("lets a limit hold for itself in 32 bits", async () => {
    const { features } = diabetes.models.current().package;
    const row = PATIENT.map((value, i) => Math.fround(features[i]?.range?.max ?? value));
    assert.equal((await infer(matrix(row))).status, 200);
  });

  const wrong: [string, object, number, string][] = [
    ["fewer elements than the shape", matrix([1, 2]), 422, "/inputs/0/data"],
    ["nesting that is not the shape", matrix([[1, 2], [3]], [1, 8]), 422, "/inputs/0/data"],
    ["another number of columns", matrix([1, 2], [1, 2]), 422, "/inputs/0/shape"],
    ["text in a tensor of numbers", matrix(["1", ...PATIENT.slice(1)]), 422, "/inputs/0/data/0"],
    [
      "no data at all",
      { inputs: [{ name: "features", shape: [1, 8], datatype: "FP32" }] },
      422,
      "/inputs/0/data",
    ],
    [
      "an unknown input",
      { inputs: [{ name: "x", shape: [1], datatype: "FP32", data: [1] }] },
      422,
      "/inputs/0/name",
    ],
    [
      "more inputs beside the matrix",
      { inputs: [...matrix(PATIENT).inputs, ...matrix(PATIENT).inputs] },
      422,
      "/inputs/1",
    ],
    [
      "a datatype the protocol does not have",
      { inputs: [{ name: "features", shape: [1, 8], datatype: "FP", data: PATIENT }] },
      400,
      "/inputs/0/datatype",
    ],
    ["a negative shape", matrix(PATIENT, [-1, 8]), 400, "/inputs/0/shape/0"],
    ["three dimensions", matrix(PATIENT, [1, 8, 1]), 400, "/inputs/0/shape"],
    ["no inputs", { inputs: [] }, 400, "/inputs"],
    ["an array", [], 400, ""],
    ["no rows", matrix([], [0, 8]), 422, ""],
  ];
  for (const [title, payload, status, path] of wrong) {
    it(`refuses ${title} and says where`, async () => {
      const problem = await refused(payload, status);
      assert.equal(problem.errors?.[0]?.path, path, JSON.stringify(problem));
    });
  }

  it("keeps integers within their datatype", async () => {
    const input = (datatype: string, value: unknown) => ({
      inputs: [{ name: "Age", shape: [1], datatype, data: [value] }],
    });
    for (const [datatype, value] of [
      ["INT8", 128],
      ["UINT8", -1],
      ["INT64", 1.5],
      ["BOOL", 1],
    ] as const) {
      const problem = await refused(input(datatype, value), 422);
      assert.deepEqual(problem.errors, [
        { path: "/inputs/0/data/0", detail: `is not of the datatype ${datatype}` },
      ]);
    }
  });

  it("limits rows and bytes, as on /predict", async () => {
    const many = Array.from({ length: 51 }, () => PATIENT);
    assert.match((await refused(matrix(many, [51, 8]), 413)).error, /at most 50/);
    await refused(`{"id": "${"x".repeat(1_100_000)}"}`, 413);
  });

  it("knows only the served model and version", async () => {
    const { version } = diabetes.models.current();
    for (const path of ["diabetes-model", `diabetes-model/versions/${version}`]) {
      assert.equal((await diabetes.inject(`/v2/models/${path}`)).statusCode, 200);
      assert.equal((await diabetes.inject(`/v2/models/${path}/ready`)).statusCode, 200);
      assert.equal(
        (await infer(matrix(PATIENT), diabetes, `/v2/models/${path}/infer`)).status,
        200,
      );
    }
    for (const path of ["other", "diabetes-model/versions/0"]) {
      for (const end of ["", "/ready"]) {
        const response = await diabetes.inject(`/v2/models/${path}${end}`);
        assert.equal(response.statusCode, 404);
        assert.match(response.json<Problem>().error, /^Only version/);
      }
      await refused(matrix(PATIENT), 404, diabetes, `/v2/models/${path}/infer`);
    }
    assert.match((await diabetes.inject("/v2/repository")).json<Problem>().error, /no such GET/);
  });

  it("refuses other content types and compressed bodies", async () => {
    for (const headers of [{ "content-type": "text/csv" }, { "content-encoding": "gzip" }]) {
      const response = await diabetes.inject({ method: "POST", url: URL, headers, payload: "x" });
      assert.equal(response.statusCode, 415);
      assert.ok("error" in response.json());
    }
  });
});
