import assert from "node:assert/strict";
import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { healthy, FakeApi } from "./support/fake-api.ts";
import { diabetes } from "./support/packages.ts";

type Server = ChildProcessByStdio<null, Readable, Readable>;

const UI = fileURLToPath(new URL("..", import.meta.url));
const FROM_SOURCE = ["--import", "tsx", "src/server.ts"];

describe("the server as a process", () => {
  let child: Server | undefined;
  let api: FakeApi;

  beforeEach(async () => {
    api = new FakeApi(healthy(diabetes, { has_diabetes: false }));
    await api.listen();
  });

  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await api.close();
  });

  function start(args: string[], env: Record<string, string>, uid?: number): Server {
    child = spawn(process.execPath, args, {
      cwd: UI,
      env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid !== undefined && { uid, gid: uid }),
    });
    return child;
  }

  /** The address out of the log line that says it listens. */
  async function address(server: Server): Promise<string> {
    for await (const line of createInterface(server.stdout)) {
      const found = /listening at (http:[^"]+)/.exec(line)?.[1];
      if (found !== undefined) return found;
    }
    throw new Error(`the server ended: ${await text(server.stderr)}`);
  }

  async function ended(server: Server): Promise<{ code: number; stderr: string }> {
    const [stderr, [code]] = await Promise.all([
      text(server.stderr),
      once(server, "exit") as Promise<[number]>,
    ]);
    return { code, stderr };
  }

  const models = () => JSON.stringify([{ name: "diabetes-model", url: api.url }]);

  async function servesPageAndPrediction(url: string): Promise<void> {
    const page = await (await fetch(url)).text();
    const script = /src="(\w+\.js)"/.exec(page)?.[1] ?? "";
    assert.match(await (await fetch(`${url}/${script}`)).text(), /api\/models/);
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify(diabetes.example) };
    const answer = await fetch(`${url}/api/models/diabetes-model/predict`, request);
    assert.equal(((await answer.json()) as { has_diabetes: boolean }).has_diabetes, false);
  }

  it("builds the page when run from source, serves it, and ends on SIGTERM", async () => {
    const server = start(FROM_SOURCE, { MODELS: models() });
    await servesPageAndPrediction(await address(server));
    server.kill("SIGTERM");
    assert.equal((await ended(server)).code, 0);
  });

  it("runs compiled, under any user id, with nothing that it may write", async () => {
    execFileSync("npm", ["run", "--silent", "build"], { cwd: UI, stdio: "pipe" });
    const arbitrary = process.getuid?.() === 0 ? 1_000_680_000 : undefined;
    const server = start(["dist/server.js"], { MODELS: models() }, arbitrary);
    await servesPageAndPrediction(await address(server));
  });

  it("ends with code 2 and every problem when the environment is wrong", async () => {
    const { code, stderr } = await ended(start(FROM_SOURCE, { PORT: "x", MODELS: "[1]" }));
    assert.equal(code, 2);
    assert.match(stderr, /^PORT \('x'\) must be/);
    assert.match(stderr, /\nMODELS\[0\] \(1\) must be an object/);
    assert.doesNotMatch(stderr, /at .*server/);
  });

  it("ends with code 1 and the cause when the port is taken", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const PORT = String((blocker.address() as AddressInfo).port);
    const { code, stderr } = await ended(start(FROM_SOURCE, { PORT, MODELS: "[]" }));
    blocker.close();
    assert.equal(code, 1);
    assert.match(stderr, /cannot listen: .*EADDRINUSE/);
  });
});
