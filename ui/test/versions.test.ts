import assert from "node:assert/strict";
import type { ModelVersions } from "../src/model-versions.ts";
import { PAGE } from "../src/version-reader.ts";
import type { FakeApi } from "./support/fake-api.ts";
import { answerAsMlflow } from "./support/fake-mlflow.ts";
import { MlflowFixture, NAME, VERSIONS } from "./support/mlflow-fixture.ts";

const SEARCH = `/api/2.0/mlflow/model-versions/search?${new URLSearchParams({
  filter: `name = '${NAME}'`,
  max_results: String(PAGE + 1),
  order_by: "version_number DESC",
}).toString()}`;
describe("what the page's server asks MLflow", () => {
  const on = new MlflowFixture();
  beforeEach(() => on.start());
  afterEach(() => on.stop());

  const versions = async (query = "") =>
    (await on.app.inject(VERSIONS + query)).json<ModelVersions>().versions;
  const unanswered = async (reply: FakeApi["replies"][string]) => {
    on.mlflow.replies[SEARCH] = reply;
    return on.problem(VERSIONS);
  };

  it("is what training wrote of each version: why, verdict, metrics with intervals, parameters", async () => {
    const figures = [
      { metric: "accuracy", rule: "floor", value: 0.8, limit: 0.75, passed: true },
      { metric: "recall", rule: "champion", value: NaN, limit: 0.6, passed: false, slice: "sex=f" },
    ];
    const gate = `{"passed": false, "champion": "1", "note": "", "figures": ${JSON.stringify(figures).replace("null", "NaN")}}`;
    const tags = {
      "slipway.key": "0123",
      "slipway.gate": gate,
      "slipway.verdict": "rejected",
      "slipway.retrain_reason": "its data drifted",
      "slipway.champion.2026-11-20T09:00:00.000Z": `{"by": "training", "replaced": "1"}`,
    };
    const metrics = { accuracy: 0.8, accuracy_low: 0.7, accuracy_high: 0.9, rmse: "NaN" };
    const beside = { parity_difference: 1e-7, "slice/sex/f/accuracy": 0.5 };
    answerAsMlflow(on.mlflow, NAME, [
      {
        version: 2,
        tags,
        aliases: ["rejected", "previous"],
        metrics: { ...metrics, ...beside },
        params: { n_estimators: "100" },
        runTags: { "slipway.git_sha": "0123456789abcdef0123456789abcdef01234567" },
      },
    ]);
    assert.deepEqual(await versions(), [
      {
        version: "2",
        aliases: ["previous", "rejected"],
        registered: "2026-11-20T10:00:00.000Z",
        commit: "0123456789abcdef0123456789abcdef01234567",
        reason: "its data drifted",
        adopted: null,
        promotions: [{ at: "2026-11-20T09:00:00.000Z", by: "training" }],
        verdict: "rejected",
        gate: {
          ...{ passed: false, champion: "1", note: "" },
          figures: [figures[0], { ...figures[1], value: null }],
        },
        metrics: { accuracy: { value: 0.8, low: 0.7, high: 0.9 } },
        parameters: { n_estimators: "100" },
        run: null,
      },
    ]);
  });

  it("leaves out what a tag or a run does not say, or says in another way", async () => {
    const tags = {
      "slipway.gate": "{",
      "slipway.verdict": "maybe",
      "slipway.champion.soon": "{}",
      "slipway.adopted": "churn/3",
    };
    answerAsMlflow(on.mlflow, NAME, [
      { version: 1, tags, runTags: { "slipway.git_sha": "unknown" } },
      { version: 2 },
    ]);
    on.mlflow.replies["/api/2.0/mlflow/runs/get?run_id=run_2"] = {
      status: 404,
      body: { error_code: "RESOURCE_DOES_NOT_EXIST" },
    };
    const [one, other] = await versions();
    assert.ok(one && other);
    const { gate, verdict, promotions, commit, adopted } = one;
    assert.deepEqual([gate, verdict, promotions, commit], [null, null, [], null]);
    assert.equal(adopted, "churn/3");
    assert.deepEqual([other.metrics, other.parameters, other.run], [{}, {}, null]);
  });

  it("is no more than twenty versions, and then those before", async () => {
    const all = Array.from({ length: PAGE + 3 }, (_, at) => ({ version: PAGE + 3 - at }));
    answerAsMlflow(on.mlflow, NAME, all.slice(0, PAGE + 1));
    const newest = (await on.app.inject(VERSIONS)).json<ModelVersions>();
    assert.deepEqual([newest.versions.length, newest.more], [PAGE, true]);
    answerAsMlflow(on.mlflow, NAME, all.slice(PAGE), 4);
    const older = (await on.app.inject(`${VERSIONS}?before=4`)).json<ModelVersions>();
    assert.deepEqual(
      [older.versions.map(({ version }) => version), older.more],
      [["3", "2", "1"], false],
    );
    for (const before of ["0", "-1", "4'", "1e3", "", "4&before=5"]) {
      assert.equal((await on.problem(`${VERSIONS}?before=${before}`))[0], 400, before);
    }
  });

  it("cuts texts that are too long, and counts of what is too many", async () => {
    const params = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`p${at}`, "x".repeat(2000)]),
    );
    answerAsMlflow(on.mlflow, NAME, [{ version: 1, params }]);
    const [one] = await versions();
    const values = Object.values(one?.parameters ?? {});
    assert.deepEqual([values.length, values[0]?.length], [200, 1001]);
  });

  it("is nothing of a model that was never registered", async () => {
    on.mlflow.replies[SEARCH] = { body: {} };
    assert.deepEqual((await on.app.inject(VERSIONS)).json(), { versions: [], more: false });
  });

  it("is asked once, with the account, however many look", async () => {
    await on.serve({ login: { username: "serving", password: "secret" } });
    answerAsMlflow(on.mlflow, NAME, [{ version: 1 }]);
    await Promise.all([versions(), versions(), versions()]);
    await versions();
    assert.equal(on.mlflow.seen.length, 3);
    const login = `Basic ${Buffer.from("serving:secret").toString("base64")}`;
    assert.ok(on.mlflow.seen.every(({ authorization }) => authorization === login));
  });

  it("leads to a run where people reach MLflow", async () => {
    await on.serve({ people: "https://mlflow.example.com" });
    answerAsMlflow(on.mlflow, NAME, [{ version: 1 }]);
    const [one] = await versions();
    assert.equal(one?.run, "https://mlflow.example.com/#/experiments/1/runs/run_1");
  });

  it("is null where it was told of no MLflow", async () => {
    await on.serve(null);
    assert.equal((await on.app.inject(VERSIONS)).body, "null");
  });

  it("is not asked of a model that the page does not have", async () => {
    for (const path of ["", "/1/plots", "/1/plots/roc.png"]) {
      const said = await on.problem(`/api/models/other/versions${path}`);
      assert.deepEqual(said, [404, `No model 'other'; known: ${NAME}.`]);
    }
    assert.deepEqual(on.mlflow.seen, []);
  });

  const failures: [string, FakeApi["replies"][string], number, RegExp][] = [
    ["is too slow", "hang", 504, /MLflow did not answer within 0.3 s/],
    ["trickles", "trickle", 504, /MLflow did not answer within 0.3 s/],
    ["breaks off", "break off", 502, /MLflow cannot be reached/],
    ["answers HTML", { type: "text/html", body: "<h1>" }, 502, /is not one of MLflow's/],
    ["answers broken JSON", { body: "{" }, 502, /is not one of MLflow's/],
    ["answers another JSON", { body: { model_versions: 3 } }, 502, /is not one of MLflow's/],
    ["answers without end", { body: "x".repeat(5 << 20) }, 502, /exceeds 4194304 bytes/],
    ["sends elsewhere", { status: 302, body: "" }, 502, /MLflow refused .* \(302\)/],
    [
      "refuses the account",
      { status: 403, body: { message: "not yours" } },
      ...([502, /MLflow refused a question of the page \(403\): not yours/] as const),
    ],
  ];
  for (const [what, reply, status, detail] of failures) {
    it(`answers ${status} in words where MLflow ${what}`, async () => {
      const [answered, said] = await unanswered(reply);
      assert.equal(answered, status);
      assert.match(said, detail);
    });
  }

  it("answers 502 in words where there is no MLflow, and asks again five seconds later", async () => {
    const { url } = on.mlflow;
    await on.mlflow.close();
    const [status, said] = await on.problem(VERSIONS);
    assert.deepEqual([status, said], [502, "MLflow cannot be reached (ECONNREFUSED)."]);
    await on.mlflow.listen(Number(new URL(url).port));
  });

  it("is never asked more than four questions at once, nor by a crowd without end", async () => {
    answerAsMlflow(
      on.mlflow,
      NAME,
      Array.from({ length: 12 }, (_, at) => ({ version: 12 - at })),
    );
    for (const url of Object.keys(on.mlflow.replies)) {
      if (url.includes("runs/get")) on.mlflow.replies[url] = "hang";
    }
    assert.equal((await on.app.inject(VERSIONS)).statusCode, 504);
    assert.equal(on.mlflow.seen.filter(({ url }) => url.includes("runs/get")).length, 4);
    const many = Array.from({ length: 120 }, (_, at) =>
      on.problem(`${VERSIONS}?before=${at + 50}`),
    );
    const said = (await Promise.all(many)).map(([status]) => status);
    assert.ok(said.includes(503));
  });
});
