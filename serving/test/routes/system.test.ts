import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";

import { answerSchema } from "../../src/model/answer.ts";
import { appOn, appWith, closeApps, predict, until } from "../support/app.ts";
import { changedPackage, packageOf, replacePackage, temporaryFolder } from "../support/packages.ts";

interface OpenApi {
  info: { title: string; version: string };
  components: { schemas: Record<string, { properties: Record<string, unknown> }> };
  paths: Record<string, unknown>;
}

describe("pages and probes", () => {
  after(closeApps);

  it("is alive but not ready without a model, and says why", async () => {
    const app = await appOn(temporaryFolder());
    const health = await app.inject("/health");
    assert.equal(health.statusCode, 200);
    const body = health.json<{
      status: string;
      model_loaded: boolean;
      registry: { problem: string };
    }>();
    assert.equal(body.status, "healthy");
    assert.equal(body.model_loaded, false);
    assert.match(body.registry.problem, /cannot read .*MLmodel: ENOENT/);
    for (const url of ["/ready", "/predict/demo", "/model"]) {
      const response = await app.inject(url);
      assert.equal(response.statusCode, 503, url);
      assert.equal(response.headers["retry-after"], "5");
    }
    assert.equal((await predict(app, {})).statusCode, 503);
  });

  it("is ready with a model and shows it on / and /model", async () => {
    const app = await appWith("titanic");
    assert.equal((await app.inject("/ready")).statusCode, 200);
    const root = (await app.inject("/")).json<{ model: object; links: { docs: string } }>();
    const { name, version } = app.models.current();
    assert.deepEqual(root.model, { name, version });
    assert.equal(root.links.docs, "/docs");
    const model = (await app.inject("/model")).json<{
      features: Record<string, unknown>[];
      training: { understanding: { columns: { name: string; reason: string }[] } };
    }>();
    assert.deepEqual(model.features[1]?.["categories"], ["female", "male"]);
    const [pclass] = model.training.understanding.columns;
    assert.deepEqual([pclass?.name, pclass?.reason], ["pclass", "stated"]);
    assert.deepEqual(Object.keys(model.features[1]["histogram"] as object).sort(), [
      ...["categories", "counts", "missing", "other"],
    ]);
  });

  it("gives a page the sentences of the classes and the tones of the bands", async () => {
    const classes = [
      { value: "died", label: "died", sentence: "the passenger died" },
      { value: "survived", label: "survived", sentence: "the passenger survived" },
    ];
    const risk_bands = [
      { label: "low", below: 0.5, tone: "bad" },
      { label: "high", below: null, tone: "good" },
    ];
    const folder = await changedPackage("titanic", (pack) => {
      Object.assign(pack, { classes, risk_bands });
    });
    const model = (await (await appOn(folder)).inject("/model")).json<Record<string, unknown>>();
    assert.deepEqual([model["classes"], model["risk_bands"]], [classes, risk_bands]);
  });

  it("gives what the model card says of use, and which features matter; nothing where there is nothing", async () => {
    const titanic = (await (await appWith("titanic")).inject("/model")).json<
      Record<string, unknown>
    >();
    assert.ok(!("license" in titanic) && !("limitations" in titanic));
    const said = { license: "mit", contact: "us", limitations: ["Children."] };
    const folder = await changedPackage("titanic", (pack) => {
      Object.assign(pack, said);
      const features = { sex: { mean: 0.1, std: 0.01 } };
      Object.assign(pack["training"] as object, { importance: { metric: "accuracy", features } });
    });
    const model = (await (await appOn(folder)).inject("/model")).json<
      typeof said & { training: { importance: object } }
    >();
    const { license, contact, limitations } = model;
    assert.deepEqual({ license, contact, limitations }, said);
    assert.deepEqual(model.training.importance, {
      metric: "accuracy",
      features: { sex: { mean: 0.1, std: 0.01 } },
    });
  });

  it("describes the served model in OpenAPI, also after a swap", async () => {
    const folder = await changedPackage("titanic", () => undefined);
    const app = await appOn(folder, { MODEL_POLL_SECONDS: "0.1" });
    const before = (await app.inject("/docs/json")).json<OpenApi>();
    assert.equal(before.info.title, "Titanic");
    assert.ok("sex" in (before.components.schemas["Features"]?.properties ?? {}));
    replacePackage(folder, await packageOf("iris"));
    await until(() => app.models.current().package.model === "iris-model" || undefined);
    const after = (await app.inject("/docs/json")).json<OpenApi>();
    assert.deepEqual(Object.keys(after.components.schemas["Features"]?.properties ?? {}), [
      ...["sepal_length", "sepal_width", "petal_length", "petal_width"],
    ]);
    assert.ok("species" in (after.components.schemas["Prediction"]?.properties ?? {}));
    assert.match((await app.inject("/docs")).body, /swagger/i);
  });

  it("describes every route", async () => {
    const app = await appWith("iris");
    const { paths } = (await app.inject("/docs/json")).json<OpenApi>();
    for (const url of [
      "/",
      "/health",
      "/ready",
      "/metrics",
      "/model",
      "/predict",
      "/predict/demo",
    ]) {
      assert.ok(url in paths, url);
    }
  });

  for (const model of ["diabetes", "iris", "progress", "careful", "ranges"] as const) {
    it(`answers ${model} as its schema says`, async () => {
      const app = await appWith(model);
      const answer = (await app.inject("/predict/demo")).json<object>();
      const { required } = answerSchema(app.models.current().package);
      assert.deepEqual(Object.keys(answer).sort(), [...required].sort());
    });
  }

  it("takes over a harmless X-Request-Id and no other", async () => {
    const app = await appWith("iris");
    const ask = async (id: string) => {
      const response = await app.inject({ url: "/nowhere", headers: { "x-request-id": id } });
      return response.json<{ instance: string }>().instance;
    };
    assert.equal(await ask("abc-123"), "urn:slipway:request:abc-123");
    assert.doesNotMatch(await ask('x"} {"level":60'), /level/);
    assert.doesNotMatch(await ask("a".repeat(200)), /aaa/);
  });

  it("sheds predictions when too many rows wait, but never probes", async () => {
    const app = await appWith("diabetes", { MAX_QUEUED_ROWS: "100" });
    const { example } = app.models.current().package;
    const long = predict(app, new Array<unknown>(5000).fill(example));
    const ended = long.then(() => true);
    let shed = await app.inject("/predict/demo");
    while (shed.statusCode === 200 && !(await Promise.race([ended, setImmediate(false)]))) {
      shed = await app.inject("/predict/demo");
    }
    assert.equal(shed.statusCode, 503, "nothing was shed while 5000 rows waited");
    for (const url of ["/health", "/ready", "/metrics"]) {
      assert.equal((await app.inject(url)).statusCode, 200, url);
    }
    assert.equal(shed.headers["retry-after"], "1");
    assert.equal((await long).statusCode, 200);
    assert.match((await app.inject("/metrics")).body, /shed_total\{reason="queue"\} [1-9]/);
  });

  it("sheds bodies that take too much memory together, one alone never, and forgets them once answered", async () => {
    const app = await appWith("diabetes", { MAX_PENDING_BYTES: "400000" });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const { example } = app.models.current().package;
    const body = JSON.stringify(new Array<unknown>(4000).fill(example));
    assert.ok(body.length > 400_000);
    const headers = { "content-type": "application/json" };
    const ask = async () => {
      const response = await fetch(`${url}/predict`, { method: "POST", headers, body });
      const answer = (await response.json()) as unknown[] | { type: string };
      return { status: response.status, answer };
    };
    assert.equal((await ask()).status, 200);
    const all = await Promise.all(Array.from({ length: 12 }, ask));
    const refused = all.filter(({ status }) => status === 503);
    assert.ok(refused.length > 0, "twelve long bodies at once were all taken");
    assert.equal(all.filter(({ status }) => status === 200).length, 12 - refused.length);
    for (const { answer } of refused)
      assert.equal((answer as { type: string }).type, "urn:slipway:problem:overloaded");
    for (let again = 0; again < 3; again++) assert.equal((await ask()).status, 200);
    assert.match((await app.inject("/metrics")).body, /shed_total\{reason="bodies"\} [1-9]/);
  });

  it("counts all rows of a long batch as waiting until the last is scored", async () => {
    const app = await appWith("diabetes", { MAX_QUEUED_ROWS: "4000" });
    const { example } = app.models.current().package;
    const long = predict(app, new Array<unknown>(5000).fill(example));
    const ended = long.then(() => true);
    const seen: number[] = [];
    while (!(await Promise.race([ended, setImmediate(false)]))) seen.push(app.models.queuedRows);
    assert.equal(Math.max(...seen), 5000);
    const held = seen.slice(seen.indexOf(5000), seen.lastIndexOf(256));
    assert.ok(held.every((rows) => rows > 0));
    assert.equal((await long).statusCode, 200);
    assert.equal(app.models.queuedRows, 0);
  });

  it("sheds predictions when the event loop lags", async () => {
    const app = await appWith("diabetes", { MAX_EVENT_LOOP_DELAY_MS: "50" });
    const end = Date.now() + 600;
    while (Date.now() < end); // What a long synchronous computation does.
    assert.equal((await app.inject("/predict/demo")).statusCode, 503);
    await until(async () => (await app.inject("/predict/demo")).statusCode === 200 || undefined);
  });

  it("counts what alerts look at from 0 on, so that the first error is an increase", async () => {
    const text = (await (await appWith("diabetes")).inject("/metrics")).body;
    for (const route of ["/predict", "/invocations", "/v2/models/:model/infer"])
      for (const status of [200, 500, 503]) {
        const labels = `route="${route}",method="POST",status="${status}"`;
        assert.ok(
          text.includes(`slipway_http_request_duration_seconds_count{${labels}} 0\n`),
          `${labels}:\n${text.match(/^slipway_http_request_duration_seconds_count.*$/gm)?.join("\n")}`,
        );
      }
    assert.doesNotMatch(text, /_count\{route="\/metrics"[^}]*status="500"/);
  });

  it("shows requests, model, predictions by class and drift as metrics", async () => {
    const app = await appWith("diabetes");
    const { example, features } = app.models.current().package;
    await predict(
      app,
      Array.from({ length: 150 }, () => example),
    );
    await predict(app, {});
    const text = (await app.inject("/metrics")).body;
    const line = (pattern: RegExp) => {
      assert.match(text, pattern);
    };
    line(
      /slipway_http_request_duration_seconds_count\{route="\/predict",method="POST",status="200"\} 1/,
    );
    line(
      /slipway_http_request_duration_seconds_count\{route="\/predict",method="POST",status="422"\} 1/,
    );
    line(/slipway_model_info\{model="diabetes-model",version="[0-9a-f]{12}"\} 1/);
    line(/slipway_predictions_total\{model="diabetes-model",version="[^"]+",class="[^"]+"\} 150/);
    line(/slipway_feature_drift_rows\{[^}]+\} 150/);
    line(/slipway_registry_up 1/);
    line(/process_resident_memory_bytes/);
    for (const { name } of features) {
      line(new RegExp(`slipway_feature_drift_psi\\{[^}]*feature="${name}"\\} [1-9]`));
    }
  });
});
