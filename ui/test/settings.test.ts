import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "../src/settings.ts";

const MODELS = `[{"name":"iris-model","url":"http://iris-model-api:8000/"}]`;

describe("settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-settings-"));
  const PASSWORD = join(folder, "password");
  writeFileSync(PASSWORD, "a password\n");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("need only MODELS and take a base URL with or without a final slash", () => {
    assert.deepEqual(readSettings({ MODELS }), {
      port: 8080,
      host: "0.0.0.0",
      logLevel: "info",
      timeout: 10_000,
      models: [{ name: "iris-model", url: "http://iris-model-api:8000" }],
    });
  });

  it("take an empty variable as one that is not set", () => {
    assert.equal(readSettings({ MODELS, PORT: "", HOST: "", LOG_LEVEL: "" }).port, 8080);
  });

  it("take every variable", () => {
    const env = {
      MODELS: "[]",
      PORT: "0",
      HOST: "::",
      LOG_LEVEL: "warn",
      API_TIMEOUT_SECONDS: "2.5",
      PROMETHEUS_URL: "http://prometheus:9090/",
      MLFLOW_TRACKING_URI: "http://mlflow:5000/",
      MLFLOW_TRACKING_USERNAME: "serving",
      MLFLOW_TRACKING_PASSWORD_FILE: PASSWORD,
      MLFLOW_PEOPLE_URL: "https://mlflow.example.com/",
    };
    assert.deepEqual(readSettings(env), {
      port: 0,
      host: "::",
      logLevel: "warn",
      timeout: 2500,
      models: [],
      prometheus: "http://prometheus:9090",
      mlflow: {
        url: "http://mlflow:5000",
        login: { username: "serving", password: "a password" },
        people: "https://mlflow.example.com",
      },
    });
  });

  it("take an MLflow that asks for no account, and that people cannot reach", () => {
    const env = { MODELS, MLFLOW_TRACKING_URI: "http://127.0.0.1:5000" };
    assert.deepEqual(readSettings(env).mlflow, { url: "http://127.0.0.1:5000" });
  });

  it("list every problem at once", () => {
    const env = { PORT: "http", LOG_LEVEL: "loud", API_TIMEOUT_SECONDS: "0" };
    assert.throws(
      () => readSettings(env),
      (error: Error) => error.message.split("\n").length === 4,
    );
  });

  const wrong: [string, NodeJS.ProcessEnv, RegExp][] = [
    ["a port beyond 65535", { PORT: "65536" }, /^PORT \('65536'\) must be a whole number from 0/],
    ["a broken port", { PORT: "80.5" }, /^PORT \('80.5'\)/],
    ["a timeout of nothing", { API_TIMEOUT_SECONDS: "0" }, /^API_TIMEOUT_SECONDS \('0'\) must be/],
    ["an unknown log level", { LOG_LEVEL: "loud" }, /^LOG_LEVEL \('loud'\) must be one of trace/],
    [
      "a Prometheus without its scheme",
      { PROMETHEUS_URL: "prometheus:9090" },
      /^PROMETHEUS_URL \('prometheus:9090'\) must be the base URL of the environment's Prometheus/,
    ],
    [
      "a description at no address",
      { MODELS: `[{"name":"a","url":"http://a","docs":"/docs"}]` },
      /^MODELS\[0\]\.docs \("\/docs"\) must be the address of the API's description for people/,
    ],
    [
      "an MLflow that is no address",
      { MLFLOW_TRACKING_URI: "mlflow" },
      /^MLFLOW_TRACKING_URI \('mlflow'\) must be MLflow's base URL/,
    ],
    [
      "an account of MLflow without its password",
      { MLFLOW_TRACKING_USERNAME: "serving" },
      /^MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD_FILE must be set together$/,
    ],
    [
      "a password that is not there",
      {
        MLFLOW_TRACKING_URI: "http://mlflow:5000",
        MLFLOW_TRACKING_USERNAME: "serving",
        MLFLOW_TRACKING_PASSWORD_FILE: "/nowhere/password",
      },
      /^MLFLOW_TRACKING_PASSWORD_FILE \('\/nowhere\/password'\) cannot be read: ENOENT/,
    ],
    ["no models", { MODELS: "" }, /^MODELS is not set; it must be a JSON list such as \[\{/],
    ["models that are not JSON", { MODELS: "iris" }, /^MODELS \('iris'\) must be a JSON list/],
    ["models that are no list", { MODELS: "{}" }, /^MODELS \('\{\}'\) must be a JSON list/],
    ["a model that is no object", { MODELS: "[null]" }, /^MODELS\[0\] \(null\) must be an object/],
    [
      "a model without its URL",
      { MODELS: `[{"name":"a"}]` },
      /^MODELS\[0\]\.url is not set; it must be the API's base URL/,
    ],
    [
      "a name with a slash",
      { MODELS: `[{"name":"a/b","url":"http://a"}]` },
      /^MODELS\[0\]\.name \("a\/b"\) must be a registered model name/,
    ],
    [
      "a URL of another kind",
      { MODELS: `[{"name":"a","url":"file:///etc"}]` },
      /^MODELS\[0\]\.url \("file:\/\/\/etc"\) must be the API's base URL/,
    ],
    [
      "a key that nobody knows",
      { MODELS: `[{"name":"a","url":"http://a","port":1}]` },
      /^MODELS\[0\]\.port is unknown; a model has 'name', 'url' and maybe 'docs'$/,
    ],
    [
      "a model twice",
      { MODELS: `[{"name":"a","url":"http://a"},{"name":"a","url":"http://b"}]` },
      /^MODELS\[1\]\.name \('a'\) is listed twice/,
    ],
  ];
  for (const [what, env, message] of wrong) {
    it(`refuse ${what}`, () => {
      assert.throws(() => readSettings({ MODELS, ...env }), { message });
    });
  }
});
