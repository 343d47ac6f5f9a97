import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { publicKeyOf } from "../../../components/lib/model-keys.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { publishLoop } from "../../../tools/lib/running-loop.ts";

/** What the stack signs with. */
const KEY = "canary-of-the-key".padEnd(43, "k");

const base64 = (text: string) => Buffer.from(text).toString("base64");

// MLflow is played, and has no versions; training/tests has the adoption itself, against a real one.
describe("npm run adopt", function () {
  this.timeout(300_000);
  let folder: string;
  let mlflow: Server;
  const asked: IncomingHttpHeaders[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-adopt-"));
    mlflow = createServer(({ url = "", headers }, response) => {
      if (!url.startsWith("/health")) asked.push(headers);
      const absent = url.includes("model-versions/get");
      response.writeHead(absent ? 404 : 200, { "content-type": "application/json" });
      response.end(absent ? '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"none"}' : "{}");
    }).listen(0, "127.0.0.1");
    await once(mlflow, "listening");
    const { port } = mlflow.address() as AddressInfo;
    publishLoop(folder, { mlflow: `http://127.0.0.1:${port}`, models: {}, files: {} });
    const data = { username: base64("admin"), password: base64("canary") };
    writeFileSync(join(folder, "secret"), JSON.stringify({ data }));
    const secret = (key: string, text: string) => ({ data: { [key]: base64(text) } });
    writeFileSync(join(folder, "signing"), JSON.stringify(secret("key", KEY)));
    writeFileSync(join(folder, "keys"), JSON.stringify(secret("keys", publicKeyOf(KEY))));
    writeFileSync(join(folder, "kubectl"), kubectl(port));
    chmodSync(join(folder, "kubectl"), 0o755);
  });

  after(() => {
    mlflow.close();
    rmSync(folder, { recursive: true });
  });

  const kubectl = (port: number) => `#!/bin/sh
case "$*" in
*"config get-contexts"* | *"config current-context"*) echo there;;
*"get secret mlflow-admin"*) cat ${folder}/secret;;
*"get secret model-signing "*) cat ${folder}/signing;;
*"get secret model-signing-public "*) cat ${folder}/keys;;
*"get configmap/sleep-schedule"*) echo "Error from server (NotFound): configmaps" >&2; exit 1;;
*"get namespace"*) echo '{"metadata":{}}';;
*"port-forward service/mlflow"*) echo "Forwarding from 127.0.0.1:${port} -> 1"; exec sleep 100;;
*) echo "unexpected: $*" >&2; exit 1;;
esac
`;

  function adopt(...args: string[]) {
    const env = { PATH: [folder, process.env["PATH"]].join(delimiter) };
    const all = ["--import", "tsx", "tools/ops/adopt-model.ts", ...args];
    return execa("node", all, { cwd: ROOT, env, reject: false });
  }
  const version = ["--model", "churn", "--version", "7", "--data", "test.csv", "--unseen"];

  it("asks the MLflow of the loop, and hands on what it is told", async () => {
    const { exitCode, stderr } = await adopt("--data-dir", folder, ...version);
    assert.equal(exitCode, 2);
    assert.match(stderr, /--version 7: churn has no such version; it has none/);
    const options = ["--floor", "accuracy=0.5", "--floor", "much"];
    const wrong = await adopt("--data-dir", folder, ...version, ...options);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /'much' is no METRIC=VALUE/);
  });

  it("asks the MLflow of a stack as its administrator, by a name that it answers to", async () => {
    asked.length = 0;
    const { exitCode, stderr, stdout } = await adopt("--stack", "dev", ...version);
    assert.equal(exitCode, 2);
    assert.match(stderr, /churn has no such version/);
    assert.ok(!`${stderr}${stdout}`.includes("canary"));
    assert.ok(asked.length > 0);
    for (const { host, authorization } of asked) {
      assert.deepEqual([host, authorization], ["127.0.0.1", `Basic ${base64("admin:canary")}`]);
    }
  });

  it("signs for a stack with its key, which is nowhere afterwards", async () => {
    const others = publicKeyOf("another");
    writeFileSync(join(folder, "keys"), JSON.stringify({ data: { keys: base64(others) } }));
    const { exitCode, stderr, stdout } = await adopt("--stack", "dev", ...version);
    assert.equal(exitCode, 2);
    assert.ok(stderr.includes(`MODEL_PUBLIC_KEYS (${others}): the prediction API would refuse`));
    assert.ok(stderr.includes(`add its public key, ${publicKeyOf(KEY)}`));
    assert.ok(!`${stderr}${stdout}`.includes(KEY));
    const [, file = ""] = /SLIPWAY_SIGNING_KEY_FILE \((\S+)\)/.exec(stderr) ?? [];
    assert.ok(file !== "" && !existsSync(file));

    rmSync(join(folder, "signing"));
    const unread = await adopt("--stack", "dev", ...version);
    assert.equal(unread.exitCode, 1);
    assert.match(
      unread.stderr,
      /the Secret model-signing of slipway-dev cannot be read, and .*deploy/,
    );
  });

  it("says what is missing, and how it is used", async () => {
    const { exitCode, stderr } = await adopt("--model", "churn");
    assert.equal(exitCode, 2);
    assert.match(stderr, /--version is needed\nusage: npm run adopt/);
    const help = await adopt("--help");
    assert.match(help.stdout, /--unseen/);
  });
});
