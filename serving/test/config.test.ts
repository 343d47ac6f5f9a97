import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";

import { ConfigError, readConfig } from "../src/config.ts";
import { temporaryFolder } from "./support/packages.ts";

const good = { MODEL_URI: "models:/m@champion", MLFLOW_TRACKING_URI: "http://mlflow:5000/" };

describe("configuration", () => {
  it("needs nothing but the model and where its registry is", () => {
    const config = readConfig(good);
    assert.deepEqual(config.model, { kind: "alias", name: "m", alias: "champion" });
    assert.equal(config.trackingUri, "http://mlflow:5000");
    assert.equal(config.port, 8000);
    assert.equal(config.limits.bodyBytes, 1_048_576);
    assert.equal(config.oidc, undefined);
  });

  it("reads every form of MODEL_URI", () => {
    const modelOf = (uri: string) => readConfig({ ...good, MODEL_URI: uri }).model;
    assert.deepEqual(modelOf("models:/m/12"), { kind: "version", name: "m", version: "12" });
    assert.deepEqual(modelOf("/opt/model"), { kind: "folder", path: "/opt/model" });
    assert.deepEqual(modelOf("file:///opt/a%20b"), { kind: "folder", path: "/opt/a b" });
    assert.deepEqual(modelOf("model"), { kind: "folder", path: path.resolve("model") });
  });

  it("reports every problem at once, by variable", () => {
    const env = {
      PORT: "80x",
      MAX_ROWS: "0",
      LOG_LEVEL: "loud",
      OIDC_ISSUER: "https://id.example",
    };
    assert.throws(
      () => readConfig(env),
      (error: Error) => {
        assert.ok(error instanceof ConfigError);
        for (const name of ["PORT=80x", "MAX_ROWS=0", "LOG_LEVEL=loud", "MODEL_URI", "OIDC_"]) {
          assert.ok(error.message.includes(name), `${name} is not in ${error.message}`);
        }
        return true;
      },
    );
  });

  for (const uri of ["s3://bucket/model", "models:/m", "models:/m/latest", "models:/a/b@c"]) {
    it(`refuses MODEL_URI=${uri} and names the accepted forms`, () => {
      assert.throws(() => readConfig({ ...good, MODEL_URI: uri }), /models:\/NAME@ALIAS/);
    });
  }

  it("refuses a registry model without a registry", () => {
    assert.throws(() => readConfig({ MODEL_URI: "models:/m@a" }), /MLFLOW_TRACKING_URI is not set/);
  });

  it("takes the password from a file, and refuses half of the credentials", () => {
    const file = path.join(mkdtempSync(path.join(temporaryFolder(), "secret-")), "password");
    writeFileSync(file, "s3cret\n");
    const withFile = { ...good, MLFLOW_TRACKING_PASSWORD_FILE: file };
    const { credentials } = readConfig({ ...withFile, MLFLOW_TRACKING_USERNAME: "api" });
    assert.deepEqual(credentials, { username: "api", password: "s3cret" });
    assert.throws(() => readConfig(withFile), /must be set together/);
    const both = { ...withFile, MLFLOW_TRACKING_PASSWORD: "x", MLFLOW_TRACKING_USERNAME: "api" };
    assert.throws(() => readConfig(both), /keep one/);
  });

  it("takes an empty variable as not set", () => {
    assert.equal(readConfig({ ...good, PORT: "", OIDC_ISSUER: "" }).port, 8000);
  });
});
