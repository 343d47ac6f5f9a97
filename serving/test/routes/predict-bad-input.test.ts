import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

import type { FastifyInstance } from "fastify";

import { appOn, appWith, closeApps, faultsOf, predict } from "../support/app.ts";
import { changedPackage } from "../support/packages.ts";

const passenger = { pclass: "1st", sex: "female", age: 30, sibsp: 0, parch: 0 };

describe("bad input to /predict", () => {
  let app: FastifyInstance;
  before(async () => {
    app = await appWith("titanic");
  });
  after(closeApps);

  it("names every bad field of every row at once, with a JSON pointer", async () => {
    const response = await predict(app, [
      { ...passenger, sex: "femal", age: 500, agee: 3 },
      passenger,
      "row",
      { pclass: "1st", sex: "male", sibsp: 0 },
    ]);
    assert.match(String(response.headers["content-type"]), /^application\/problem\+json/);
    assert.deepEqual(faultsOf(response).sort(), [
      "/0/age must be at most 120 years",
      "/0/agee is not a feature of this model; did you mean age?",
      "/0/sex must be one of female, male",
      "/2 must be an object of named features",
      "/3/parch is missing: must be an integer from 0 to 20",
    ]);
  });

  it("writes a problem document with type, title, status, detail and instance", async () => {
    const problem = (await predict(app, {})).json<Record<string, unknown>>();
    assert.equal(problem["type"], "urn:slipway:problem:invalid-input");
    assert.equal(problem["title"], "Unprocessable Entity");
    assert.equal(problem["status"], 422);
    assert.equal(problem["detail"], "4 values are not acceptable.");
    assert.match(String(problem["instance"]), /^urn:slipway:request:/);
  });

  it("points into the one object, and into columns, as they were sent", async () => {
    assert.deepEqual(faultsOf(await predict(app, { ...passenger, age: "old" })), [
      "/age must be a number from 0 to 120 years, or null",
    ]);
    const columns = { pclass: { 4: "1st" }, sex: { 4: "male" }, sibsp: { 4: -1 }, parch: { 4: 0 } };
    assert.deepEqual(faultsOf(await predict(app, columns)), ["/sibsp/4 must be at least 0"]);
    assert.deepEqual(faultsOf(await predict(app, { ...columns, sibsp: 1 })), [
      "/sibsp must be an object of row label and value, as the other columns are",
    ]);
  });

  for (const [what, value, detail] of [
    ["a string for a number", '"30"', "must be a number from 0 to 120 years, or null"],
    ["a boolean for a number", "true", "must be a number from 0 to 120 years, or null"],
    ["an array for a number", "[30]", "must be a number from 0 to 120 years, or null"],
    ["a number that JSON reads as infinite", "1e309", "must be at most 120 years"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const body = JSON.stringify(passenger).replace('"age":30', `"age":${value}`);
      assert.deepEqual(faultsOf(await predict(app, body)), [`/age ${detail}`]);
    });
  }

  it("refuses a number beyond float32 where the feature has no range", async () => {
    const progress = await appWith("progress");
    const { example } = progress.models.current().package;
    assert.deepEqual(faultsOf(await predict(progress, { ...example, bmi: 3.5e38 })), [
      "/bmi does not fit a 32-bit float",
    ]);
  });

  it("refuses a fraction for an integer, and null for a required feature", async () => {
    const faults = faultsOf(await predict(app, { ...passenger, sibsp: 1.5, sex: null }));
    assert.deepEqual(faults.sort(), [
      "/sex must be one of female, male",
      "/sibsp must be an integer from 0 to 20",
    ]);
  });

  it("scores an unknown category as none of the known where the package accepts it", async () => {
    const folder = await changedPackage("titanic", ({ features }) => {
      for (const feature of features) if (feature["name"] === "sex") feature["unknown"] = "accept";
    });
    const lenient = await appOn(folder);
    const response = await predict(lenient, { ...passenger, sex: "unknown" });
    assert.equal(response.statusCode, 200, response.body);
    assert.notEqual(response.body, (await predict(lenient, passenger)).body);
    assert.deepEqual(faultsOf(await predict(lenient, { ...passenger, sex: "" })), [
      "/sex must not be empty",
    ]);
  });

  it("lists the first hundred faults and counts the rest", async () => {
    const response = await predict(
      app,
      Array.from({ length: 300 }, () => "x"),
    );
    assert.equal(faultsOf(response).length, 100);
    assert.match(response.body, /300 values are not acceptable, the first 100 are listed/);
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, 1]));
    assert.match(faultsOf(await predict(app, wide)).join(), /far more fields than the model's 5/);
  });

  it("takes names from Object.prototype as unknown fields, never as values", async () => {
    const body = JSON.stringify(passenger).replace("{", '{"__proto__":{"age":1},"constructor":1,');
    const faults = faultsOf(
      await predict(app, body.replace('"__proto__":{"age":1}', '"__proto__":1')),
    );
    assert.deepEqual(faults.sort(), [
      "/__proto__ is not a feature of this model",
      "/constructor is not a feature of this model",
    ]);
    const column = await predict(app, body);
    assert.equal(column.statusCode, 422);
    assert.equal(({} as Record<string, unknown>)["age"], undefined);
  });

  it("refuses an empty batch and a batch beyond the limit", async () => {
    assert.deepEqual(faultsOf(await predict(app, [])), [" holds no row; send at least one"]);
    const small = await appWith("titanic", { MAX_ROWS: "2" });
    const response = await predict(small, [passenger, passenger, passenger]);
    assert.equal(response.statusCode, 413);
    assert.match(response.body, /3 rows; at most 2/);
  });

  for (const [what, body] of [
    ["cut short", '{"age":1'],
    ["NaN", '{"age":NaN}'],
    ["Infinity", '{"age":-Infinity}'],
    ["an empty body", ""],
    ["white space", "  \n"],
    ["a duplicate key", '{"age":1,"sex":"male","age":2}'],
    ["a duplicate key in a row", '[{"age":1},{"age":1,"age":2}]'],
    ["thirty nested arrays", "[".repeat(30) + "]".repeat(30)],
    ["a hundred thousand nested arrays", "[".repeat(100_000)],
  ] as const) {
    it(`answers 400 to ${what}`, async () => {
      const response = await predict(app, body);
      assert.equal(response.statusCode, 400, response.body);
      assert.equal(response.json<{ type: string }>().type, "urn:slipway:problem:malformed");
    });
  }

  for (const url of ["/predict", "/invocations", "/v2/models/titanic-model/infer"]) {
    for (const headers of [{}, { "content-type": "application/json" }]) {
      it(`answers 400 to ${url} without a body ${JSON.stringify(headers)}`, async () => {
        const response = await app.inject({ method: "POST", url, headers });
        assert.equal(response.statusCode, 400, response.body);
        assert.equal(response.json<{ type: string }>().type, "urn:slipway:problem:malformed");
      });
    }
  }

  it("answers 413 to a body beyond the limit", async () => {
    const response = await predict(app, [" ".repeat(1_100_000)]);
    assert.equal(response.statusCode, 413);
    assert.equal(response.json<{ type: string }>().type, "urn:slipway:problem:too-large");
  });

  it("answers 415 to a content type that is not JSON", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "nonsense"]) {
      const response = await app.inject({
        method: "POST",
        url: "/predict",
        headers: { "content-type": type },
        payload: "a=1",
      });
      assert.equal(response.statusCode, 415, type);
      assert.match(String(response.headers["content-type"]), /^application\/problem\+json/);
      assert.match(response.body, /send application\/json/);
    }
  });

  for (const [what, url, status] of [
    ["an address that does not decode", "/v2/models/%zz", 400],
    ["a model's name without end", `/v2/models/${"a".repeat(500)}`, 414],
  ] as const) {
    it(`answers ${status} and a problem document to ${what}`, async () => {
      const response = await app.inject(url);
      assert.equal(response.statusCode, status, response.body);
      assert.match(String(response.headers["content-type"]), /^application\/problem\+json/);
      assert.equal(response.json<{ status: number }>().status, status);
    });
  }

  for (const [what, text, status] of [
    [
      "an address that leaves the page's folder",
      "GET /docs/static/../../../package.json HTTP/1.1\r\nHost: x\r\n\r\n",
      403,
    ],
    ["what is no HTTP", "\u0016\u0003\u0001", 400],
    [
      "headers beyond the limit",
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(70_000)}\r\n\r\n`,
      431,
    ],
  ] as const) {
    it(`answers ${status} and a problem document to ${what}`, async () => {
      const reading = await appWith("titanic");
      const port = Number(new URL(await reading.listen({ host: "127.0.0.1", port: 0 })).port);
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      const [answer] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      const [head = "", body = ""] = answer.toString().split("\r\n\r\n");
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} .*application/problem\\+json`, "s"));
      assert.equal((JSON.parse(body) as { status: number }).status, status);
    });
  }

  it("answers a nameless route with a problem document that leaves the query out", async () => {
    const response = await app.inject("/nowhere?age=4242");
    assert.equal(response.statusCode, 404);
    assert.ok(!response.body.includes("4242"));
  });

  it("survives ten thousand random bodies without a 5xx answer", async () => {
    const alphabet = '{}[]":,\\ 0123456789eE+-.truefalsnl__proto__agesexé\u0000';
    for (let round = 0; round < 10_000; round += 1) {
      const bytes = randomBytes(1 + (round % 60));
      const body = Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
      const { statusCode } = await predict(app, body);
      assert.ok([400, 422].includes(statusCode), `${statusCode} to ${JSON.stringify(body)}`);
    }
  });
});
