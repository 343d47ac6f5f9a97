import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readConfig } from "../../src/config.ts";

const ACCOUNT = { AWS_ACCESS_KEY_ID: "someone", AWS_SECRET_ACCESS_KEY: "secret" };

function read(env: Record<string, string>) {
  return readConfig({ MODEL_URI: "/models/iris", ...env }).capture;
}

describe("settings of the prediction log", () => {
  it("are none where no address is given", () => {
    assert.equal(read({ CAPTURE_RATE: "0.5" }), undefined);
  });

  it("are a folder, or a bucket with its account", () => {
    assert.deepEqual(read({ CAPTURE_URL: "file:///data/my%20log" }), {
      store: { kind: "folder", path: "/data/my log" },
      ...{ rate: 1, drop: [], seconds: 60, bytes: 16_777_216 },
    });
    const url = "s3://predictions/a/b/";
    assert.deepEqual(read({ CAPTURE_URL: url, ...ACCOUNT, AWS_REGION: "eu-west-1" })?.store, {
      ...{ kind: "s3", bucket: "predictions", prefix: "a/b", region: "eu-west-1" },
      endpoint: "https://s3.eu-west-1.amazonaws.com",
      ...{ accessKeyId: "someone", secretAccessKey: "secret" },
    });
  });

  it("are a bucket with the account of a mounted Secret, whatever the variables say", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-account-"));
    writeFileSync(join(folder, "username"), "capture");
    writeFileSync(join(folder, "password"), "secret\n");
    const env = { CAPTURE_URL: "s3://data/predictions", ...ACCOUNT, AWS_SESSION_TOKEN: "old" };
    const { store } = read({ ...env, CAPTURE_ACCOUNT: folder }) ?? {};
    assert.deepEqual(store, {
      ...{ kind: "s3", bucket: "data", prefix: "predictions", region: "us-east-1" },
      endpoint: "https://s3.us-east-1.amazonaws.com",
      ...{ accessKeyId: "capture", secretAccessKey: "secret" },
    });
    rmSync(folder, { recursive: true });
  });

  const wrong: [string, Record<string, string>, RegExp][] = [
    [
      "an account that is not there",
      { CAPTURE_URL: "s3://a", CAPTURE_ACCOUNT: "/none" },
      /CAPTURE_ACCOUNT=\/none: its file username cannot be read \(ENOENT\)/,
    ],
    ["a path", { CAPTURE_URL: "/data" }, /CAPTURE_URL=\/data is neither s3:\/\/BUCKET\/PREFIX nor/],
    ["another store", { CAPTURE_URL: "gs://a/b" }, /CAPTURE_URL=gs:\/\/a\/b is neither/],
    [
      "no account",
      { CAPTURE_URL: "s3://a/b" },
      /needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
    ],
    [
      "no server",
      { CAPTURE_URL: "s3://a", ...ACCOUNT, AWS_ENDPOINT_URL: "store:9000" },
      /AWS_ENDPOINT_URL=store:9000 is no address/,
    ],
    [
      "names that are no list",
      { CAPTURE_URL: "file:///data", CAPTURE_DROP: "age,sex" },
      /CAPTURE_DROP=age,sex is no JSON list/,
    ],
    [
      "what follows a path",
      { CAPTURE_URL: "s3://b/x?y", ...ACCOUNT },
      /CAPTURE_URL=s3:\/\/b\/x\?y is neither/,
    ],
    [
      "a path that does not decode",
      { CAPTURE_URL: "file:///tmp/%zz" },
      /CAPTURE_URL=file:\/\/\/tmp\/%zz is neither/,
    ],
    [
      "a rate of nothing",
      { CAPTURE_URL: "file:///data", CAPTURE_RATE: "0" },
      /CAPTURE_RATE=0 must be > 0/,
    ],
    [
      "a rate of more than all",
      { CAPTURE_URL: "file:///data", CAPTURE_RATE: "2" },
      /CAPTURE_RATE=2 must be <= 1/,
    ],
  ];
  for (const [what, env, message] of wrong) {
    it(`refuse ${what}`, () => {
      assert.throws(() => read(env), message);
    });
  }

  it("refuse an account in an address, without repeating it", () => {
    const [url, endpoint] = ["s3://someone:hidden@b/x", "http://someone:hidden@store:9000"];
    for (const env of [
      { CAPTURE_URL: url },
      { CAPTURE_URL: "s3://b", AWS_ENDPOINT_URL: endpoint },
    ]) {
      assert.throws(
        () => read({ ...ACCOUNT, ...env }),
        ({ message }: Error) =>
          message.includes("has an account in it") && !message.includes("hidden"),
      );
    }
  });

  it("take an empty text for what is not set", () => {
    const blank = { AWS_REGION: "", AWS_ENDPOINT_URL: "", AWS_SESSION_TOKEN: "" };
    const store = read({ CAPTURE_URL: "s3://b", ...ACCOUNT, ...blank })?.store;
    assert.equal(store?.kind === "s3" && store.endpoint, "https://s3.us-east-1.amazonaws.com");
  });
});
