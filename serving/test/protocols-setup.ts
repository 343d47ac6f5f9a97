import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import type { FastifyInstance } from "fastify";

import type { ModelPackage } from "../src/model/package.ts";
import { appOn as startApp } from "./support/app.ts";

const SERVING = path.dirname(import.meta.dirname);
const TRAINING = path.join(path.dirname(SERVING), "training");
const CLIENTS = path.join(import.meta.dirname, "clients");

/** The models that the protocols are tried on: both layouts, all three tasks. */
export const MODELS = {
  diabetes: path.join(TRAINING, "models", "diabetes.yaml"),
  iris: path.join(TRAINING, "models", "iris.yaml"),
  titanic: path.join(TRAINING, "models", "titanic.yaml"),
  progress: path.join(CLIENTS, "progress.yaml"),
};

/** Short name of one of the models. */
export type ModelName = keyof typeof MODELS;

const temporary = mkdtempSync(path.join(tmpdir(), "slipway-protocols-"));
process.on("exit", () => {
  rmSync(temporary, { recursive: true, force: true });
});
const folders = new Map<string, Promise<string>>();

/** The folder of a model package that training built from its YAML; built once a test run. */
export function packageOf(model: ModelName): Promise<string> {
  return once_(model, async (folder) => {
    await python("-m", "training", "build", MODELS[model], "--out", folder);
  });
}

/** The same package with MLflow's signature of tensors instead of columns. */
export function tensorPackageOf(model: ModelName): Promise<string> {
  return once_(`${model}-tensor`, async (folder) => {
    await client("tensor_signature.py", await packageOf(model), folder);
  });
}

function once_(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(temporary, name);
  const known = folders.get(name) ?? build(folder).then(() => folder);
  folders.set(name, known);
  return known;
}

/** Runs a script of `test/clients` and returns the JSON of the last line that it prints. */
export async function client(script: string, ...args: string[]): Promise<unknown> {
  const output = await python(path.join(CLIENTS, script), ...args);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "null") as unknown;
}

async function python(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(interpreter(), args, { maxBuffer: 2 ** 24 });
  return stdout;
}

function interpreter(): string {
  const file = process.env["SLIPWAY_PYTHON"] ?? path.join(TRAINING, ".venv", "bin", "python");
  assert.ok(existsSync(file), `${file} is missing: run 'npm test' once, or set SLIPWAY_PYTHON`);
  return file;
}

/** The application on a package's folder, in this process, ready to be injected into. */
export async function appOn(
  folder: string,
  env: Record<string, string> = {},
  loads = true,
): Promise<FastifyInstance> {
  const app = await startApp(folder, env);
  await app.ready();
  assert.equal(app.models.peek() !== undefined, loads, JSON.stringify(app.models.status));
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
    env: { ...env, DRAIN_SECONDS: "0" },
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
  const child = spawn(interpreter(), [path.join(CLIENTS, "mlflow_server.py"), ...packages]);
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
