import assert from "node:assert/strict";

import type { FastifyInstance, LightMyRequestResponse } from "fastify";

import { buildApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { Metrics } from "../../src/metrics.ts";
import { ModelManager } from "../../src/model/manager.ts";
import { FolderSource } from "../../src/registry/folder.ts";
import { packageOf, type ModelName } from "./packages.ts";

/** The application on a folder, in this process; closed by `closeApps`. */
export async function appOn(
  folder: string,
  env: Record<string, string> = {},
): Promise<FastifyInstance> {
  const config = readConfig({
    ...{ MODEL_URI: folder, LOG_LEVEL: "silent" },
    // A busy test machine stalls the event loop; shedding has tests of its own.
    MAX_EVENT_LOOP_DELAY_MS: "60000",
    ...env,
  });
  const metrics = new Metrics();
  const { limits, pollSeconds } = config;
  const source = new FolderSource(folder);
  const app = await buildApp({
    config,
    metrics,
    manage: (log) => new ModelManager({ source, limits, pollSeconds, metrics, log }),
  });
  apps.push(app);
  await app.models.start();
  return app;
}

/** The application with one of the tests' models loaded. */
export async function appWith(
  model: ModelName,
  env: Record<string, string> = {},
): Promise<FastifyInstance> {
  const app = await appOn(await packageOf(model), env);
  assert.ok(app.models.peek() !== undefined, JSON.stringify(app.models.status));
  return app;
}

const apps: FastifyInstance[] = [];

/** Closes what the tests of a file opened. */
export async function closeApps(): Promise<void> {
  await Promise.all(apps.splice(0).map((app) => app.close()));
}

/** Posts a JSON text (or a value, as JSON) to `/predict`. */
export function predict(app: FastifyInstance, body: unknown): Promise<LightMyRequestResponse> {
  return app.inject({
    method: "POST",
    url: "/predict",
    headers: { "content-type": "application/json" },
    payload: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The faults of a 422 answer as `path detail`. */
export function faultsOf(response: LightMyRequestResponse): string[] {
  assert.equal(response.statusCode, 422, response.body);
  const { errors } = response.json<{ errors: { path: string; detail: string }[] }>();
  return errors.map(({ path, detail }) => `${path} ${detail}`);
}

/** Waits until a check holds; fails with what it saw last. */
export async function until<T>(
  check: () => T | undefined | Promise<T | undefined>,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`not true within ${seconds} s: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
