import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import path from "node:path";

import { checkPackage } from "../src/check-package.ts";
import { readConfig } from "../src/config.ts";
import { appWith, closeApps, predict } from "./support/app.ts";
import { BROKEN_PACKAGES } from "./support/broken-packages.ts";
import { packageOf, temporaryFolder } from "./support/packages.ts";

const SERVING = path.resolve(import.meta.dirname, "..");

/** Runs the command to its end. */
async function check(args: readonly string[], body = "", env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["--import", "tsx", "src/check.ts", ...args], {
    cwd: SERVING,
    env: { PATH: process.env["PATH"], ...env },
  });
  child.stdin.end(body);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  return { code, stdout, stderr };
}

/** What a refused package or refused rows print. */
interface Refused {
  ok: boolean;
  reason: string;
  detail: string;
}

describe("the check of a package", () => {
  after(closeApps);

  it("answers the example row and given rows as the server does", async () => {
    const app = await appWith("titanic");
    const { example } = app.models.current().package;
    const rows = [example, { ...example, age: null }];
    const { code, stdout } = await check(
      [await packageOf("titanic"), "--rows"],
      JSON.stringify(rows),
    );
    assert.equal(code, 0, stdout);
    assert.deepEqual(JSON.parse(stdout), {
      ok: true,
      model: "titanic-model",
      example: (await app.inject("/predict/demo")).json<object>(),
      answer: (await predict(app, rows)).json<object>(),
    });
  });

  it("does not read standard input unless it is told to", async () => {
    const { code, stdout } = await check([await packageOf("iris")], "no JSON");
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ["ok", "model", "example"]);
  });

  for (const { what, reason, make } of BROKEN_PACKAGES) {
    it(`refuses ${what} with the server's reason`, async () => {
      const { limits } = readConfig({ MODEL_URI: "." });
      const { refusal } = await checkPackage(await make(), limits);
      assert.match(`(${refusal?.reason ?? ""}) ${refusal?.detail ?? ""}`, reason);
    });
  }

  it("prints the reason of a refusal as JSON and as a line, and ends with code 2", async () => {
    const { code, stdout, stderr } = await check([temporaryFolder()]);
    assert.equal(code, 2);
    const refused = JSON.parse(stdout) as Refused;
    assert.equal(refused.ok, false);
    assert.match(stderr, /^unavailable: cannot read .*MLmodel: ENOENT/);
    assert.equal(stderr, `${refused.reason}: ${refused.detail}\n`);
  });

  it("names every field of rows that the model does not take", async () => {
    const { code, stdout } = await check(
      [await packageOf("iris"), "--rows"],
      '[{"petal_length":"x"}]',
    );
    assert.equal(code, 2);
    const { reason, detail } = JSON.parse(stdout) as Refused;
    assert.equal(reason, "rows");
    assert.match(detail, /\/0\/sepal_length is missing.*\/0\/petal_length must be a number/);
  });

  it("keeps to the server's limit of a model file", async () => {
    const { code, stderr } = await check([await packageOf("iris")], "", { MAX_MODEL_BYTES: "10" });
    assert.equal(code, 2);
    assert.match(stderr, /^size: .*MAX_MODEL_BYTES=10/);
  });

  for (const [what, args, env] of [
    ["no folder", [], {}],
    ["two folders", ["a", "b"], {}],
    ["an unknown option", ["a", "--all"], {}],
    ["a limit that is none", ["a"], { MAX_ROWS: "many" }],
  ] as const) {
    it(`ends with code 1 and its usage for ${what}`, async () => {
      const { code, stderr } = await check(args, "", env);
      assert.equal(code, 1);
      assert.match(stderr, /usage: check FOLDER/);
    });
  }
});
