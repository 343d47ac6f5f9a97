import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import type { FastifyInstance } from "fastify";

import type { ModelPackage } from "../../src/model/package.ts";
import { appOn } from "./app.ts";
import { packageOf, python, temporaryFolder, type ModelName } from "./packages.ts";

const SERVING = path.resolve(import.meta.dirname, "../..");
const CLIENTS = path.join(import.meta.dirname, "clients");

const tensorPackages = new Map<ModelName, Promise<string>>();

/** The package of a model with MLflow's signature of tensors instead of columns; built once a test run. */
export function tensorPackageOf(model: ModelName): Promise<string> {
  const known = tensorPackages.get(model) ?? buildTensorPackage(model);
  tensorPackages.set(model, known);
  return known;
}

async function buildTensorPackage(model: ModelName): Promise<string> {
  const folder = path.join(temporaryFolder(), `${model}-tensor`);
  await client("tensor_signature.py", await packageOf(model), folder);
  return folder;
}

/** Runs a script of `clients` and returns the JSON of the last line that it prints. */
export async function client(script: string, ...args: string[]): Promise<unknown> {
  const words = [path.join(CLIENTS, script), ...args];
  const { stdout } = await promisify(execFile)(python(), words, { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "null") as unknown;
}

/** The application on a package's folder, in this process, with its model loaded. */
export async function loadedApp(folder: string): Promise<FastifyInstance> {
  const app = await appOn(folder);
  assert.ok(app.models.peek() !== undefined, JSON.stringify(app.models.status));
  return app;
}

/** The package that an application serves. */
export function servedPackage(app: FastifyInstance): ModelPackage {
  return app.models.current().package;
}

/** A process that listens on `url` until it is stopped. */
export interface Listener {
  readonly url: string;
  readonly port: string;
  stop(): Promise<void>;
}

/** A server process of its own, on any free port, once it is ready. */
export async function startServer(folder: string): Promise<Listener> {
  const env = { ...process.env, MODEL_URI: folder, HOST: "127.0.0.1", PORT: "0" };
  const args = ["--import", "tsx", path.join(SERVING, "src", "server.ts")];
  const child = spawn(process.execPath, args, {
    cwd: SERVING,
    // A busy test machine stalls the event loop; shedding has tests of its own.
    env: { ...env, DRAIN_SECONDS: "0", MAX_EVENT_LOOP_DELAY_MS: "60000" },
  });
  const server = await listening(child, /listening at (http:\/\/127\.0\.0\.1:(\d+))/);
  while ((await fetch(`${server.url}/ready`)).status !== 200) {
    assert.equal(child.exitCode, null);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return server;
}

/** MLflow's own scoring server for several packages, each under its folder's name. */
export function startMlflow(packages: readonly string[]): Promise<Listener> {
  const child = spawn(python(), [path.join(CLIENTS, "mlflow_server.py"), ...packages]);
  return listening(child, /listening at (http:\/\/127\.0\.0\.1:(\d+))/);
}

async function listening(child: ChildProcess, ready: RegExp): Promise<Listener> {
  assert.ok(child.stdout !== null && child.stderr !== null);
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  for await (const line of createInterface(child.stdout)) {
    output += `${line}\n`;
    const [, url, port] = ready.exec(line) ?? [];
    if (url === undefined || port === undefined) continue;
    child.stdout.resume();
    return { url, port, stop };
  }
  throw new Error(`the process ended before it listened:\n${output}`);
}
