import assert from "node:assert/strict";
import { answerAsMlflow, PIXEL } from "./support/fake-mlflow.ts";
import { MlflowFixture, NAME, VERSIONS } from "./support/mlflow-fixture.ts";

const FOLDER = "/api/2.0/mlflow-artifacts/artifacts/1/run-1/artifacts";

describe("the pictures that the page's server gets from MLflow", () => {
  const on = new MlflowFixture();
  beforeEach(() => on.start());
  afterEach(() => on.stop());

  it("are those of a version, not too large, and no other file is named", async () => {
    const files = {
      ...{ "roc.png": 20_000, "confusion-matrix.png": 9000, "huge.png": 5_000_000 },
      ...{ "model.yaml": 10, "model-card.html": 10, "training-rows.u64": 10, ".png": 1 },
    };
    answerAsMlflow(on.mlflow, NAME, [{ version: 1, files }]);
    const names = await on.app.inject(`${VERSIONS}/1/plots`);
    assert.deepEqual(names.json(), ["confusion-matrix.png", "roc.png"]);
    assert.equal((await on.problem(`${VERSIONS}/2/plots`))[0], 404);
    assert.equal((await on.problem(`${VERSIONS}/champion/plots`))[0], 404);
  });

  it("are handed on as pictures, and as nothing else", async () => {
    answerAsMlflow(on.mlflow, NAME, [{ version: 1, files: { "roc.png": 70, "page.png": 70 } }]);
    const picture = await on.app.inject(`${VERSIONS}/1/plots/roc.png`);
    assert.equal(picture.headers["content-type"], "image/png");
    assert.equal(picture.headers["x-content-type-options"], "nosniff");
    assert.match(String(picture.headers["content-security-policy"]), /^default-src 'self';/);
    assert.deepEqual(picture.rawPayload, PIXEL);
    on.mlflow.replies[`${FOLDER}/page.png`] = {
      type: "text/html",
      body: "<script>alert(1)</script>",
    };
    assert.equal((await on.problem(`${VERSIONS}/1/plots/page.png`))[0], 404);
    on.mlflow.replies[`${FOLDER}/roc.png`] = { type: "image/png", body: Buffer.alloc(2 << 20) };
    const [status, said] = await on.problem(`${VERSIONS}/1/plots/roc.png`);
    assert.deepEqual([status, said], [502, "An answer of MLflow exceeds 1048576 bytes."]);
  });

  for (const path of [
    "..%2froc.png",
    "%2e%2e%2f%2e%2e%2fsecret.png",
    "a%2fb.png",
    "%252e%252e%252fx.png",
    "roc.png%00",
    "roc.png%0a",
    "model.yaml",
    "training-rows.u64",
    "roc.svg",
    "ROC.PNG",
    `${"x".repeat(90)}.png`,
  ]) {
    it(`are not asked for where one is called ${path.slice(0, 30)}`, async () => {
      answerAsMlflow(on.mlflow, NAME, [{ version: 1, files: { "model.yaml": 1, "roc.png": 1 } }]);
      assert.ok((await on.app.inject(`${VERSIONS}/1/plots/${path}`)).statusCode >= 400);
      assert.deepEqual(on.mlflow.seen, []);
    });
  }

  it("are none where a run has its files elsewhere", async () => {
    answerAsMlflow(on.mlflow, NAME, [{ version: 1 }]);
    for (const [at, uri] of ["s3://bucket/1", "file:///etc", "mlflow-artifacts:/../x"].entries()) {
      const info = { experiment_id: "1", artifact_uri: uri };
      const body = { run: { info, data: {} } };
      on.mlflow.replies["/api/2.0/mlflow/runs/get?run_id=run_1"] = { body };
      if (at > 0) await on.serve();
      assert.deepEqual((await on.app.inject(`${VERSIONS}/1/plots`)).json(), [], uri);
    }
  });
});
