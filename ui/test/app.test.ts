import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { buildApp } from "../src/app.ts";
import { healthy, FakeApi } from "./support/fake-api.ts";
import { diabetes } from "./support/packages.ts";

/** A base URL where nothing listens. */
async function closedUrl(): Promise<string> {
  const api = new FakeApi({});
  const url = await api.listen();
  await api.close();
  return url;
}

const ROW = JSON.stringify(diabetes.example);
const JSON_TYPE = { "content-type": "application/json" };

describe("the page's server", () => {
  let api: FakeApi;
  let app: FastifyInstance;
  let page: string;

  beforeEach(async () => {
    page = await mkdtemp(join(tmpdir(), "slipway-page-"));
    await writeFile(join(page, "index.html"), "<!doctype html><title>Slipway</title>");
    api = new FakeApi(healthy(diabetes, { has_diabetes: true, probability: 0.81 }));
    const url = await api.listen();
    const models = [
      { name: "diabetes-model", url },
      { name: "gone-model", url: await closedUrl() },
    ];
    const settings = { port: 0, host: "127.0.0.1", logLevel: "silent", timeout: 300, models };
    app = await buildApp(settings, page, 0);
  });

  afterEach(async () => {
    await app.close();
    await api.close();
    await rm(page, { recursive: true });
  });

  const predict = (body: string, headers: Record<string, string> = JSON_TYPE) =>
    app.inject({ method: "POST", url: "/api/models/diabetes-model/predict", headers, body });

  it("serves the page at /, and revalidates it at every visit", async () => {
    const answer = await app.inject("/");
    assert.equal(answer.statusCode, 200);
    assert.match(answer.body, /<title>Slipway/);
    assert.equal(answer.headers["cache-control"], "public, max-age=0");
    const again = await app.inject({ url: "/", headers: { "if-none-match": answer.headers.etag } });
    assert.equal(again.statusCode, 304);
  });

  for (const url of ["/", "/api/models", "/api/models/none", "/nowhere"]) {
    it(`sends strict security headers and no cookie with ${url}`, async () => {
      const { headers } = await app.inject(url);
      assert.match(String(headers["content-security-policy"]), /^default-src 'self';/);
      assert.doesNotMatch(String(headers["content-security-policy"]), /unsafe|\*|data:/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["x-frame-options"], "DENY");
      assert.equal(headers["referrer-policy"], "no-referrer");
      assert.equal(headers["set-cookie"], undefined);
    });
  }

  it("is healthy whatever the APIs are", async () => {
    const answer = await app.inject("/health");
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), { status: "healthy" });
  });

  it("lists every model with the status and the version of its API", async () => {
    const answer = await app.inject("/api/models");
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.deepEqual(answer.json(), [
      { name: "diabetes-model", status: "healthy", version: "3", detail: null },
      {
        name: "gone-model",
        status: "unreachable",
        version: null,
        detail: "The API of gone-model cannot be reached (ECONNREFUSED).",
      },
    ]);
  });

  const statuses: [string, FakeApi["replies"][string], string, RegExp][] = [
    ["has no model yet", { body: { model_loaded: false } }, "not ready", /no model loaded yet/],
    [
      "has a reason for that",
      { body: { model_loaded: false, registry: { problem: "no version has the alias champion" } } },
      "not ready",
      /no model loaded yet\. no version has the alias champion/,
    ],
    [
      "serves on without its registry",
      { body: { model_loaded: true, registry: { problem: "MLflow is away", fallback: "3" } } },
      "healthy",
      /^MLflow is away It serves 3 instead\.$/,
    ],
    ["answers 500", { status: 500, body: {} }, "not ready", /Health answered 500/],
    ["answers no JSON", { type: "text/html", body: "<h1>" }, "unreachable", /answered no JSON/],
    ["answers broken JSON", { body: "{" }, "unreachable", /Health is not JSON/],
    ["answers null", { body: "null" }, "not ready", /no model loaded yet/],
    ["hangs", "hang", "unreachable", /did not answer within 0.3 s/],
  ];
  for (const [what, reply, status, detail] of statuses) {
    it(`calls an API that ${what} ${status}`, async () => {
      api.replies["/health"] = reply;
      const [first] = (await app.inject("/api/models")).json<Record<string, string>[]>();
      assert.equal(first?.["status"], status);
      assert.match(first["detail"] ?? "", detail);
    });
  }

  it("calls an API that has never answered starting, and one that has unreachable", async () => {
    const models = [
      { name: "diabetes-model", url: api.url },
      { name: "gone-model", url: await closedUrl() },
    ];
    const settings = { port: 0, host: "127.0.0.1", logLevel: "silent", timeout: 300, models };
    const young = await buildApp(settings, page);
    const statuses = async () =>
      (await young.inject("/api/models")).json<{ status: string }[]>().map(({ status }) => status);
    assert.deepEqual(await statuses(), ["healthy", "starting"]);
    await api.close();
    assert.deepEqual(await statuses(), ["unreachable", "starting"]);
    await young.close();
    await api.listen();
  });

  it("sends its files compressed to those who take that, and an API's answers never", async () => {
    await writeFile(join(page, "index.html.br"), "brotli");
    await writeFile(join(page, "index.html.gz"), "gzip");
    const get = (url: string, accept: string) =>
      app.inject({ url, headers: { "accept-encoding": accept } });
    const brotli = await get("/", "gzip, br");
    assert.deepEqual([brotli.headers["content-encoding"], brotli.body], ["br", "brotli"]);
    assert.match(String(brotli.headers["content-type"]), /^text\/html/);
    assert.equal((await get("/", "gzip")).body, "gzip");
    assert.match((await get("/", "identity")).body, /<title>/);
    for (const url of ["/api/models", "/api/models/diabetes-model"]) {
      assert.equal((await get(url, "gzip, br")).headers["content-encoding"], undefined);
    }
  });

  it("hands on a model's package", async () => {
    const answer = await app.inject("/api/models/diabetes-model");
    assert.deepEqual(answer.json(), diabetes);
  });

  it("hands on a prediction, the row untouched", async () => {
    const answer = await predict(ROW);
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.json<{ probability: number }>().probability, 0.81);
    assert.deepEqual(api.seen, [{ url: "/predict", authorization: undefined, body: ROW }]);
  });

  it("passes the caller's Authorization along, to the package too", async () => {
    const authorization = "Bearer abc";
    await predict(ROW, { ...JSON_TYPE, authorization });
    await app.inject({ url: "/api/models/diabetes-model", headers: { authorization } });
    assert.deepEqual(
      api.seen.map((seen) => [seen.url, seen.authorization]),
      [
        ["/predict", "Bearer abc"],
        ["/model", "Bearer abc"],
      ],
    );
  });

  it("passes the caller's cookies to nobody", async () => {
    await predict(ROW, { ...JSON_TYPE, cookie: "session=1" });
    assert.doesNotMatch(JSON.stringify(api.seen), /session/);
  });

  it("hands on problem documents with their status", async () => {
    const body = { title: "Unprocessable", errors: [{ path: "/BMI", detail: "must be a number" }] };
    api.replies["/predict"] = { status: 422, type: "application/problem+json", body };
    const answer = await predict("{}");
    assert.equal(answer.statusCode, 422);
    assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
    assert.deepEqual(answer.json(), body);
  });

  it("refuses a body above a mebibyte with 413, before any API sees it", async () => {
    const answer = await predict(JSON.stringify({ BMI: "x".repeat(1025 * 1024) }));
    assert.equal(answer.statusCode, 413);
    assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
    assert.deepEqual(api.seen, []);
  });

  it("refuses other content types with 415", async () => {
    assert.equal((await predict("a=1", { "content-type": "text/csv" })).statusCode, 415);
  });

  it("answers 404 with the known names for a model it does not have", async () => {
    const answer = await app.inject("/api/models/other");
    assert.equal(answer.statusCode, 404);
    assert.equal(
      answer.json<{ detail: string }>().detail,
      "No model 'other'; known: diabetes-model, gone-model.",
    );
  });

  it("answers 502 when the API is gone and 504 when it is too slow", async () => {
    assert.equal((await app.inject("/api/models/gone-model")).statusCode, 502);
    api.replies["/predict"] = "hang";
    assert.equal((await predict(ROW)).statusCode, 504);
  });

  it("limits the time for a whole answer, not for each part of it", async () => {
    api.replies["/predict"] = "trickle";
    assert.equal((await predict(ROW)).statusCode, 504);
  });

  it("answers 502, not half an answer, when an API breaks off", async () => {
    api.replies["/predict"] = "break off";
    const answer = await predict(ROW);
    assert.equal(answer.statusCode, 502);
    assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
  });

  it("asks a busy API once and hands its 503 on", async () => {
    api.replies["/model"] = {
      status: 503,
      type: "application/problem+json",
      body: { status: 503 },
    };
    assert.equal((await app.inject("/api/models/diabetes-model")).statusCode, 503);
    assert.equal(api.seen.length, 1);
  });

  it("lets neither HTML nor a redirect through from an API", async () => {
    api.replies["/model"] = { type: "text/html", body: "<script>alert(1)</script>" };
    const html = await app.inject("/api/models/diabetes-model");
    assert.equal(html.statusCode, 502);
    assert.doesNotMatch(html.body, /script/);
    api.replies["/model"] = { status: 302, type: "text/plain", body: "" };
    assert.equal((await app.inject("/api/models/diabetes-model")).statusCode, 502);
  });

  for (const url of ["/../package.json", "/%2e%2e/package.json", "/main.js/..%2f..%2fbuild.ts"]) {
    it(`serves nothing outside the page for ${url}`, async () => {
      assert.ok((await app.inject(url)).statusCode >= 400);
    });
  }
});
