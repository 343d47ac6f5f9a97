import assert from "node:assert/strict";

import type { FastifyInstance } from "fastify";

import { appOn, appWith } from "../../support/app.ts";

interface Problem {
  status: number;
  detail: string;
  errors?: { path: string; detail: string }[];
}

describe("MLflow's scoring protocol", () => {
  let diabetes: FastifyInstance;
  let titanic: FastifyInstance;
  let patient: Record<string, unknown>;

  before(async () => {
    diabetes = await appWith("diabetes", { MAX_ROWS: "50" });
    titanic = await appWith("titanic");
    patient = diabetes.models.current().package.example;
  });

  after(() => Promise.all([diabetes.close(), titanic.close()]));

  async function post(payload: unknown, app = diabetes, type = "application/json") {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload);
    const headers = { "content-type": type };
    const response = await app.inject({
      method: "POST",
      url: "/invocations",
      headers,
      payload: text,
    });
    return {
      status: response.statusCode,
      body: response.json<Problem & { predictions: unknown[] }>(),
    };
  }

  async function faultPaths(payload: unknown, app = diabetes, type?: string): Promise<string[]> {
    const { status, body } = await post(payload, app, type);
    assert.equal(status, 422, JSON.stringify(body));
    return (body.errors ?? []).map(({ path }) => path);
  }

  it("ignores columns that the model does not know, and params, as MLflow does", async () => {
    const { body: plain } = await post({ dataframe_records: [patient] });
    const more = { dataframe_records: [{ ...patient, Outcome: 1 }], params: "x", other: 1 };
    assert.deepEqual((await post(more)).body, plain);
  });

  it("reads a bare NaN as a missing number, but not inside text", async () => {
    const { example } = titanic.models.current().package;
    const text = (age: string) => JSON.stringify({ dataframe_records: [{ ...example, age }] });
    const { body: nan } = await post(text("?").replace('"?"', "NaN"), titanic);
    const { body: nil } = await post(text("?").replace('"?"', "null"), titanic);
    assert.ok(nan.predictions.length === 1);
    assert.deepEqual(nan, nil);
    assert.deepEqual(await faultPaths(text("NaN"), titanic), ["/dataframe_records/0/age"]);
    assert.equal((await post(text("?").replace('"?"', "-Infinity"), titanic)).status, 400);
  });

  it("points at the bad value in the form that was sent", async () => {
    const bad = { ...patient, Glucose: 1e6 };
    const names = Object.keys(bad);
    const column = names.indexOf("Glucose");
    const columns = Object.fromEntries(Object.entries(bad).map(([name, value]) => [name, [value]]));
    const row = Object.values(bad);
    assert.deepEqual(await faultPaths({ dataframe_records: [patient, bad] }), [
      "/dataframe_records/1/Glucose",
    ]);
    assert.deepEqual(await faultPaths({ dataframe_split: { columns: names, data: [row] } }), [
      `/dataframe_split/data/0/${column}`,
    ]);
    assert.deepEqual(await faultPaths({ instances: [bad] }), ["/instances/0/Glucose"]);
    assert.deepEqual(await faultPaths({ inputs: columns }), ["/inputs/Glucose/0"]);
    assert.deepEqual(await faultPaths({ inputs: bad }), ["/inputs/Glucose"]);
    const csv = `${names.join(",")}\n${row.join(",")}\n`;
    assert.deepEqual(await faultPaths(csv, diabetes, "text/csv"), ["/0/Glucose"]);
  });

  it("says which columns are missing", async () => {
    const split = { columns: ["Glucose"], data: [[100]] };
    const found = await faultPaths({ dataframe_split: split });
    assert.equal(found.length, 7);
    assert.ok(found.every((path) => path === "/dataframe_split/columns"));
  });

  const wrong: [string, object, string][] = [
    ["a row of another length", { instances: [[1, 2]] }, "/instances/0"],
    ["a row that is no array", { dataframe_split: { data: [1] } }, "/dataframe_split/data/0"],
    [
      "a column twice",
      { dataframe_split: { columns: ["a", "a"], data: [] } },
      "/dataframe_split/columns",
    ],
    ["an unknown part", { dataframe_split: { data: [], dtype: 1 } }, "/dataframe_split/dtype"],
    ["a split without data", { dataframe_split: {} }, "/dataframe_split/data"],
    ["a split that is an array", { dataframe_split: [] }, "/dataframe_split"],
    ["records that are an object", { dataframe_records: {} }, "/dataframe_records"],
    ["a record that is a number", { dataframe_records: [1] }, "/dataframe_records/0"],
    ["columns of two lengths", { inputs: { Glucose: [1, 2], BMI: [1] } }, "/inputs/BMI"],
    ["inputs that are text", { inputs: "a" }, "/inputs"],
    ["no rows", { instances: [] }, ""],
  ];
  for (const [title, payload, path] of wrong) {
    it(`refuses ${title} and says where`, async () => {
      assert.equal((await faultPaths(payload))[0], path);
    });
  }

  it("reads quoted CSV, pandas' words for missing and a byte order mark", async () => {
    const { example } = titanic.models.current().package;
    const names = Object.keys(example);
    const line = (age: string) =>
      names.map((name) => `"${name === "age" ? age : String(example[name])}"`).join(",");
    const csv = `\uFEFF${names.join(",")}\r\n${line("NaN")}\r\n${line("")}\r\n\r\n${line("<NA>")}`;
    const { body } = await post(csv, titanic, "text/csv");
    const { body: json } = await post({ dataframe_records: [{ ...example, age: null }] }, titanic);
    const [expected] = json.predictions;
    assert.deepEqual(body.predictions, [expected, expected, expected]);
  });

  it("refuses CSV that is broken, has no header or other text than numbers", async () => {
    for (const csv of ["", "\n", 'a,"b\n1,2', "Glucose,BMI\n1\n"]) {
      const { status, body } = await post(csv, diabetes, "text/csv");
      assert.equal(status, 400, JSON.stringify(body));
    }
    const names = Object.keys(patient);
    const values = names.map((name) => (name === "Glucose" ? "0x10" : String(patient[name])));
    const csv = `${names.join(",")}\n${values.join(",")}`;
    assert.deepEqual(await faultPaths(csv, diabetes, "text/csv"), ["/0/Glucose"]);
  });

  it("limits rows and bytes, as on /predict", async () => {
    const rows = Array.from({ length: 51 }, () => patient);
    assert.equal((await post({ dataframe_records: rows })).status, 413);
    const names = Object.keys(patient).join(",");
    const csv = [names, ...rows.map((row) => Object.values(row).join(","))].join("\n");
    assert.equal((await post(csv, diabetes, "text/csv")).status, 413);
    assert.equal((await post("x".repeat(1_100_000), diabetes, "text/csv")).status, 413);
    const deep = `{"instances": ${"[".repeat(50)}${"]".repeat(50)}}`;
    assert.equal((await post(deep)).status, 400);
  });

  it("answers 503 while no model is loaded", async () => {
    const app = await appOn("/nowhere");
    try {
      for (const url of ["/ping", "/v2/health/ready", "/v2/models/diabetes-model"]) {
        assert.equal((await app.inject(url)).statusCode, 503, url);
      }
      assert.equal((await post({ instances: [] }, app)).status, 503);
      assert.equal((await app.inject("/v2/health/live")).statusCode, 200);
    } finally {
      await app.close();
    }
  });
});
