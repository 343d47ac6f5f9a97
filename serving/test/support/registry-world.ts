import assert from "node:assert/strict";

import { temporaryFolder } from "./packages.ts";
import { startMlflow, startServer, stopProcesses, type Running } from "./processes.ts";
import { RegistryWriter } from "./registry.ts";

/** What `/health` says. */
export interface Health {
  status: string;
  model: { name: string; version: string } | null;
  registry: { reachable: boolean; since: string; problem?: string; fallback?: string };
}

/** A real MLflow server, and prediction servers that follow it. */
export class RegistryWorld {
  /** MLflow's folder: database and artifacts. */
  readonly data = temporaryFolder();
  #mlflow: Running | undefined;

  /** MLflow's address, the same after a restart. */
  get url(): string {
    assert.ok(this.#mlflow);
    return this.#mlflow.url;
  }

  get registry(): RegistryWriter {
    return new RegistryWriter(this.url);
  }

  async start(): Promise<void> {
    this.#mlflow = await startMlflow(this.data);
  }

  /** Ends MLflow as a crash would. */
  async kill(): Promise<void> {
    await this.#mlflow?.stop("SIGKILL");
  }

  /** Starts MLflow again where it was. */
  async restart(): Promise<void> {
    this.#mlflow = await startMlflow(this.data, Number(new URL(this.url).port));
  }

  /** A server of `models:/<model>`, e.g. `iris@champion`. */
  serve(model: string, environment: Record<string, string> = {}): Promise<Running> {
    const own = { MODEL_URI: `models:/${model}`, MLFLOW_TRACKING_URI: this.url };
    return startServer({ ...own, ...environment });
  }
}

/** `describe` with a world of its own. */
export function describeRegistry(title: string, tests: (world: RegistryWorld) => void): void {
  describe(title, function () {
    this.timeout(240_000);
    const world = new RegistryWorld();
    before(() => world.start());
    after(stopProcesses);
    tests(world);
  });
}

export async function health({ url }: Running): Promise<Health> {
  const response = await fetch(`${url}/health`);
  assert.equal(response.status, 200);
  return (await response.json()) as Health;
}

/** What a server shows as metrics. */
export async function metrics({ url }: Running): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}
