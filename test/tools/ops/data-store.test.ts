import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Environment } from "../../../tools/lib/stack/environment.ts";
import { publicKeysOf, withDataStore } from "../../../tools/ops/data-store.ts";

const coded = (text: string) => Buffer.from(text).toString("base64");

describe("The store of a stack's data", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-test-store-"));
  const kubectlPath = path.join(folder, "kubectl");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** An environment with these Secrets; its port-forwards say what they were asked. */
  function environment(
    secrets: Record<string, Record<string, string>>,
    error = "NotFound",
    service = "service/object-store",
  ) {
    const asked = `echo "$@" > ${folder}/asked; echo "Forwarding from 127.0.0.1:4123 -> 9000"; exec sleep 60`;
    writeFileSync(kubectlPath, `#!/bin/sh\n${asked}\n`, { mode: 0o755 });
    const kubectl = (words: string[]) => {
      if (words[3] === "service") return Promise.resolve({ failed: false, stdout: service });
      assert.deepEqual([words[1], words[3]], ["slipway-dev", "secret"]);
      const data = secrets[words[4] ?? ""];
      const stdout = JSON.stringify({ data });
      return Promise.resolve({ failed: data === undefined, stdout, stderr: `Error: ${error}` });
    };
    const place = { stack: "dev", namespace: "slipway-dev", context: "kind", env: {} };
    return { ...place, kubectlPath, kubectl } as unknown as Environment;
  }
  const account = { username: coded("data-key"), password: coded("canary-secret") };

  it("is reached through a port-forward, by an account in files of our own that go with it", async () => {
    const seen = await withDataStore(environment({ "object-store-data": account }), (env) => {
      const at = env["DATA_STORE_ACCOUNT"] ?? "";
      const files = ["username", "password"].map((key) => path.join(at, key));
      assert.deepEqual(
        files.map((file) => readFileSync(file, "utf8")),
        ["data-key", "canary-secret"],
      );
      assert.deepEqual(
        files.map((file) => statSync(file).mode & 0o777),
        [0o600, 0o600],
      );
      return Promise.resolve(env);
    });
    assert.equal(seen["DATA_STORE"], "s3://data/snapshots");
    assert.equal(seen["PREDICTIONS"], "s3://data/predictions");
    assert.equal(seen["DATA_STORE_ENDPOINT"], "http://127.0.0.1:4123");
    assert.doesNotMatch(JSON.stringify(seen), /canary/);
    assert.ok(!existsSync(seen["DATA_STORE_ACCOUNT"] ?? ""));
    assert.match(readFileSync(path.join(folder, "asked"), "utf8"), /service\/object-store :9000/);
  });

  it("is said to be missing where the stack has none, or where its account may not be read", async () => {
    const never = () => Promise.reject(new Error("nothing is to be done"));
    await assert.rejects(withDataStore(environment({}), never), (error: Error) => {
      assert.match(error.message, /^dev has no store of data \(the Secret object-store-data of/);
      return true;
    });
    await assert.rejects(
      withDataStore(environment({}, "forbidden"), never),
      /Secret object-store-data of slipway-dev cannot be read: Error: forbidden; get the right/,
    );
  });

  it("is refused where it is an S3 of the team's own, before anything is done", async () => {
    const never = () => Promise.reject(new Error("nothing is to be done"));
    await assert.rejects(
      withDataStore(environment({ "object-store-data": account }, "", ""), never),
      /dev keeps its data in an S3 of your own .*: ask it by `python -m training`/,
    );
  });

  it("has the keys that versions are checked by, or none where none are", async () => {
    const keys = { "model-signing-public": { keys: coded("one two") } };
    assert.equal(await publicKeysOf(environment(keys)), "one two");
    assert.equal(await publicKeysOf(environment({})), "");
    await assert.rejects(
      publicKeysOf(environment({}, "forbidden")),
      /model-signing-public .* cannot be/,
    );
  });
});
