import assert from "node:assert/strict";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";

import { until } from "../support/app.ts";
import { changedPackage, packageOf, temporaryFolder } from "../support/packages.ts";
import type { Running } from "../support/processes.ts";
import { describeRegistry, health, metrics } from "../support/registry-world.ts";

/** A package of the same model that no server takes. */
const broken = () =>
  changedPackage("iris", (_, folder) => {
    truncateSync(path.join(folder, "model.onnx"), 100);
  });

describeRegistry("a start without a champion that can be served", (world) => {
  const serve = (model: string, cache?: string, last = "@champion") =>
    world.serve(`${model}${last}`, cache === undefined ? {} : { MODEL_CACHE_DIR: cache });

  async function serves(server: Running, version: string, fallback?: RegExp): Promise<void> {
    const { registry: state } = await until(async () => {
      const said = await health(server);
      return said.model?.version === version ? said : undefined;
    });
    if (fallback === undefined) assert.equal(state.fallback, undefined);
    else assert.match(state.fallback ?? "", fallback);
    assert.match(
      await metrics(server),
      new RegExp(`^slipway_model_fallback ${fallback ? 1 : 0}$`, "m"),
    );
    assert.equal((await fetch(`${server.url}/predict/demo`)).status, 200);
  }

  /** Waits until a server has looked up its model, and found none to serve. */
  async function servesNone(server: Running): Promise<string> {
    const problem = await until(async () => {
      const said = (await health(server)).registry.problem;
      return said === "not looked up yet" ? undefined : said;
    });
    assert.equal((await health(server)).model, null);
    assert.equal((await fetch(`${server.url}/ready`)).status, 503);
    return problem;
  }

  it("serves the champion of before, says so, and the next good one at once", async () => {
    const good = await world.registry.register("bad-champion", await packageOf("iris"));
    await world.registry.alias("bad-champion", "previous", good);
    const bad = await world.registry.register("bad-champion", await broken());
    await world.registry.alias("bad-champion", "champion", bad);
    const server = await serve("bad-champion");
    await serves(server, good, /^models:\/bad-champion@previous at /);
    assert.match((await health(server)).registry.problem ?? "", /^bad-champion\/2 is refused/);
    const next = await world.registry.register("bad-champion", await packageOf("iris"));
    await world.registry.alias("bad-champion", "champion", next);
    await serves(server, next);
    await server.stop();
  });

  it("does so where nobody is champion, and is no fallback once the alias names that version", async () => {
    const version = await world.registry.register("no-champion", await packageOf("iris"));
    await world.registry.alias("no-champion", "previous", version);
    const server = await serve("no-champion");
    await serves(server, version, /@previous/);
    await world.registry.alias("no-champion", "champion", version);
    await until(async () => (await health(server)).registry.fallback === undefined || undefined);
    await serves(server, version);
    await server.stop();
  });

  it("serves no other version where one is asked for by its number", async () => {
    const good = await world.registry.register("by-number", await packageOf("iris"));
    await world.registry.alias("by-number", "previous", good);
    const bad = await world.registry.register("by-number", await broken());
    const server = await serve("by-number", undefined, `/${bad}`);
    assert.match(await servesNone(server), /by-number\/2 is refused/);
    await server.stop();
  });

  it("starts from what it had kept while MLflow is down, and from nothing that was changed since", async () => {
    const cache = temporaryFolder();
    const version = await world.registry.register("kept-model", await packageOf("iris"));
    await world.registry.alias("kept-model", "champion", version);
    const first = await serve("kept-model", cache);
    await serves(first, version);
    const index = path.join(cache, "kept-model", "package.json");
    await until(() => Promise.resolve(existsSync(index) || undefined));
    await first.stop();

    await world.kill();
    const second = await serve("kept-model", cache);
    await serves(second, version, /^the last good package, in /);
    const other = await serve("other-model", cache);
    await servesNone(other);
    await other.stop();
    for (const file of ["model.onnx", "MLmodel"]) {
      const kept = path.join(cache, "kept-model", file);
      const bytes = readFileSync(kept);
      writeFileSync(kept, Buffer.concat([bytes, Buffer.from(" ")]));
      const third = await serve("kept-model", cache);
      await servesNone(third);
      await third.stop();
      writeFileSync(kept, bytes);
    }
    writeFileSync(index, "{");
    const fourth = await serve("kept-model", cache);
    await servesNone(fourth);
    await fourth.stop();

    await world.restart();
    await until(async () => (await health(second)).registry.reachable || undefined);
    await serves(second, version);
    await second.stop();
  });

  it("brings nothing back that was taken out of a registry which answers", async () => {
    const cache = temporaryFolder();
    const version = await world.registry.register("taken-out", await packageOf("iris"));
    await world.registry.alias("taken-out", "champion", version);
    const first = await serve("taken-out", cache);
    await serves(first, version);
    const index = path.join(cache, "taken-out", "package.json");
    await until(() => Promise.resolve(existsSync(index) || undefined));
    await first.stop();
    await world.registry.removeAlias("taken-out", "champion");
    const second = await serve("taken-out", cache);
    assert.match(await servesNone(second), /champion not found/i);
    await second.stop();
  });
});
