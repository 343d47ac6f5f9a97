import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { until } from "../support/app.ts";
import { BROKEN_PACKAGES } from "../support/broken-packages.ts";
import { changedPackage, MODEL_FILES, packageOf, python } from "../support/packages.ts";
import type { Running } from "../support/processes.ts";
import { describeRegistry, health, metrics } from "../support/registry-world.ts";

describeRegistry("serving from a real MLflow registry", (world) => {
  const serve = (model: string) => world.serve(`${model}@champion`);

  const servedVersion = async (server: Running) => (await health(server)).model?.version;

  async function waitForVersion(server: Running, version: string): Promise<void> {
    await until(async () => (await servedVersion(server)) === version || undefined);
  }

  /** A package of the same model whose answers differ, so that mixed answers would show. */
  const flipped = () =>
    changedPackage("iris", (metadata) => {
      const labels = (metadata["classes"] as { label: string }[]).map(({ label }) => label);
      metadata["classes"] = (metadata["classes"] as object[]).map((one, i) => ({
        ...one,
        label: `new ${labels[i] ?? ""}`,
      }));
    });

  it("becomes ready once the alias exists", async () => {
    const server = await serve("later-model");
    await until(async () => (await health(server)).registry.reachable || undefined);
    assert.match((await health(server)).registry.problem ?? "", /later-model.*not found/i);
    assert.equal((await fetch(`${server.url}/ready`)).status, 503);
    const version = await world.registry.register("later-model", await packageOf("iris"));
    await world.registry.alias("later-model", "champion", version);
    await until(async () => (await fetch(`${server.url}/ready`)).ok || undefined);
    const { model, registry: state } = await health(server);
    assert.deepEqual(model, { name: "later-model", version });
    assert.equal(state.problem, undefined);
    assert.equal(await server.stop(), 0);
  });

  it("serves what training registered", async () => {
    await promisify(execFile)(python(), ["-m", "training", "train", MODEL_FILES.iris], {
      env: { ...process.env, MLFLOW_TRACKING_URI: world.url },
    });
    const server = await serve("iris-model");
    await waitForVersion(server, "1");
    const answer = await fetch(`${server.url}/predict/demo`);
    assert.deepEqual(((await answer.json()) as { model: object }).model, {
      name: "iris-model",
      version: "1",
    });
    await server.stop();
  });

  it("serves a version by its number, and the new champion of an alias", async () => {
    const first = await world.registry.register("pinned-model", await packageOf("iris"));
    await world.registry.alias("pinned-model", "champion", first);
    const pinned = await world.serve(`pinned-model/${first}`);
    const following = await serve("pinned-model");
    await waitForVersion(pinned, first);
    await waitForVersion(following, first);
    const second = await world.registry.register("pinned-model", await flipped());
    await world.registry.alias("pinned-model", "champion", second);
    await waitForVersion(following, second);
    assert.equal(await servedVersion(pinned), first);
    await Promise.all([pinned.stop(), following.stop()]);
  });

  it("swaps versions under load without a failed or a mixed answer", async () => {
    const versions = [
      await world.registry.register("swap-model", await packageOf("iris")),
      await world.registry.register("swap-model", await flipped()),
    ];
    await world.registry.alias("swap-model", "champion", versions[0] ?? "");
    const server = await serve("swap-model");
    await waitForVersion(server, versions[0] ?? "");
    const flower = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
    const body = JSON.stringify(new Array(20).fill(flower));
    const seen = new Set<string>();
    let stopped = false;
    let requests = 0;
    const client = async () => {
      while (!stopped) {
        const response = await fetch(`${server.url}/predict`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        assert.equal(response.status, 200);
        const rows = (await response.json()) as { species: string; model: { version: string } }[];
        const answers = new Set(rows.map(({ species, model }) => `${model.version} ${species}`));
        assert.equal(answers.size, 1, [...answers].join());
        for (const answer of answers) seen.add(answer);
        requests += 1;
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    for (const version of [1, 0, 1, 0, 1].map((i) => versions[i] ?? "")) {
      await world.registry.alias("swap-model", "champion", version);
      await waitForVersion(server, version);
    }
    stopped = true;
    await clients;
    assert.ok(requests > 50, `${requests} requests`);
    const [old, young] = versions;
    assert.deepEqual([...seen].sort(), [`${old ?? ""} setosa`, `${young ?? ""} new setosa`]);
    await server.stop();
  });

  it("refuses every broken package, says why, and keeps the old version serving", async () => {
    const good = await world.registry.register("tough-model", await packageOf("iris"));
    await world.registry.alias("tough-model", "champion", good);
    const server = await serve("tough-model");
    await waitForVersion(server, good);
    for (const { what, reason, make } of BROKEN_PACKAGES) {
      const bad = await world.registry.register("tough-model", await make());
      await world.registry.alias("tough-model", "champion", bad);
      const problem = await until(async () => {
        const { problem } = (await health(server)).registry;
        return problem?.startsWith(`tough-model/${bad} `) === true ? problem : undefined;
      });
      assert.match(problem, reason, what);
      const answer = await fetch(`${server.url}/predict/demo`);
      assert.equal(((await answer.json()) as { model: { version: string } }).model.version, good);
    }
    // Refused versions are remembered: twenty more look-ups load nothing and log nothing.
    const failures = await loadFailures(server);
    const { length } = server.output();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    assert.equal(await loadFailures(server), failures);
    assert.equal(failures, BROKEN_PACKAGES.length);
    assert.equal(server.output().length, length);
    const better = await world.registry.register("tough-model", await flipped());
    await world.registry.alias("tough-model", "champion", better);
    await waitForVersion(server, better);
    await server.stop();
  });

  it("refuses the files of another model, which every caller would be answered wrongly from", async () => {
    const good = await world.registry.register("own-model", await packageOf("iris"));
    await world.registry.alias("own-model", "champion", good);
    const server = await serve("own-model");
    await waitForVersion(server, good);
    const other = await world.registry.register(
      "own-model",
      await packageOf("diabetes"),
      "diabetes-model",
    );
    await world.registry.alias("own-model", "champion", other);
    const problem = await until(async () => (await health(server)).registry.problem);
    assert.match(problem, /version 2 of 'own-model' holds the files of 'diabetes-model': point/);
    assert.equal((await health(server)).model?.version, good);
    await server.stop();
  });

  it("tries again when a file cannot be fetched, and says so", async () => {
    const version = await world.registry.register("gone-model", await packageOf("iris"));
    await world.registry.alias("gone-model", "champion", version);
    const runs = path.join(world.data, "artifacts", "0");
    const [run = ""] = readdirSync(runs)
      .map((name) => path.join(runs, name))
      .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    const onnx = path.join(run, "artifacts", "model", "model.onnx");
    const bytes = readFileSync(onnx);
    rmSync(onnx);
    const server = await serve("gone-model");
    await until(
      async () =>
        /download of model.onnx/.test((await health(server)).registry.problem ?? "") || undefined,
    );
    writeFileSync(onnx, bytes);
    await waitForVersion(server, version);
    await server.stop();
  });

  it("keeps serving while MLflow is down, says since when, and recovers", async () => {
    const version = await world.registry.register("steady-model", await packageOf("iris"));
    await world.registry.alias("steady-model", "champion", version);
    const server = await serve("steady-model");
    await waitForVersion(server, version);
    const before = new Date().toISOString();
    await world.kill();
    const down = await until(async () => {
      const { registry: state, status } = await health(server);
      assert.equal(status, "healthy");
      return state.reachable ? undefined : state;
    });
    assert.ok(down.since >= before);
    assert.match(down.problem ?? "", /does not answer: ECONN(REFUSED|RESET)/);
    assert.match(await metrics(server), /slipway_registry_up 0/);
    assert.equal((await fetch(`${server.url}/predict/demo`)).status, 200);
    assert.equal((await fetch(`${server.url}/ready`)).status, 200);
    await world.restart();
    await until(async () => (await health(server)).registry.reachable || undefined);
    assert.match(await metrics(server), /slipway_registry_up 1/);
    await server.stop();
  });

  async function loadFailures(server: Running): Promise<number> {
    const lines = (await metrics(server)).matchAll(
      /^slipway_model_load_failures_total\S+ (\d+)$/gm,
    );
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  }
});
