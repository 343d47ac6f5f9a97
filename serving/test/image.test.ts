import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { execa } from "execa";

import { freePort } from "../../test/support/processes.ts";
import { until } from "./support/app.ts";
import { captured } from "./support/captured.ts";
import { packageOf, temporaryFolder } from "./support/packages.ts";

const SERVING = path.resolve(import.meta.dirname, "..");

/** What the image runs: the sources as its Dockerfile compiles them, with what is installed here. */
async function compiled(): Promise<string> {
  const dockerfile = readFileSync(path.join(SERVING, "Dockerfile"), "utf8");
  const [command = ""] = /npx tsc [^]*?[^\\]\n/.exec(dockerfile) ?? [];
  // Where packages are found as they are from the sources.
  const cache = path.join(SERVING, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, "image-"));
  const there = command.replace("--outDir dist", `--outDir ${folder}/dist`);
  assert.notEqual(there, command);
  await execa(there.replaceAll("\\\n", " "), { cwd: SERVING, shell: true });
  writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
  return folder;
}

describe("the server as its image has it", () => {
  it("has every thread that it starts: it reads a package, predicts, and keeps the prediction", async () => {
    const folder = await compiled();
    const log = temporaryFolder();
    const port = await freePort();
    const env = {
      ...{ PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: String(port), DRAIN_SECONDS: "0" },
      ...{ MODEL_URI: await packageOf("diabetes"), CAPTURE_URL: `file://${log}` },
    };
    const server = spawn(process.execPath, ["dist/server.js"], {
      cwd: folder,
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = once(server, "exit");
    const url = `http://127.0.0.1:${port}`;
    try {
      await until(async () => (await fetch(`${url}/ready`).catch(() => undefined))?.ok);
      const { example } = (await (await fetch(`${url}/model`)).json()) as { example: object };
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify(example);
      const answer = await fetch(`${url}/predict`, { method: "POST", headers, body });
      assert.equal(answer.status, 200);
      assert.ok(answer.headers.get("x-request-id"));
    } finally {
      server.kill("SIGTERM");
      const [code] = (await ended) as [number | null];
      rmSync(folder, { recursive: true });
      assert.equal(code, 0);
    }
    assert.equal((await captured(log)).length, 1);
  });
});
