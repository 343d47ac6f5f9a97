import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ModelWatch } from "../../../tools/local/watch.ts";

describe("the watch over a loop's models", () => {
  let folder: string;
  let models: { name: string; file: string }[];

  const at = (name: string) => path.join(folder, name);
  const yaml = (data: string, more = "") =>
    `name: a-model\ntask: regression\ndata: { source: "csv:${data}" }\ntarget: y\n${more}`;
  const names = async (watch: ModelWatch) => (await watch.changed()).map(({ name }) => name);
  /** The answer of the second look: the first one leaves a file that may still be written. */
  const settled = async (watch: ModelWatch) => {
    assert.deepEqual(await names(watch), []);
    return names(watch);
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-watch-"));
    writeFileSync(at("a.csv"), "x,y\n1,2\n");
    writeFileSync(at("a.yaml"), yaml("a.csv"));
    writeFileSync(at("b.yaml"), "name: b-model\ndata: { source: 'sklearn:iris' }\n");
    models = ["a", "b"].map((name) => ({ name: `${name}-model`, file: at(`${name}.yaml`) }));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("sees nothing where nothing changes, or is only touched", async () => {
    const watch = await ModelWatch.of(models);
    assert.deepEqual(await settled(watch), []);
    utimesSync(at("a.csv"), 1, 1);
    assert.deepEqual(await settled(watch), []);
  });

  it("names the one model whose YAML or CSV has another content, once", async () => {
    const watch = await ModelWatch.of(models);
    writeFileSync(at("a.csv"), "x,y\n1,2\n3,4\n");
    assert.deepEqual(await settled(watch), ["a-model"]);
    assert.deepEqual(await settled(watch), []);
    writeFileSync(at("b.yaml"), "name: b-model\ndata: { source: 'sklearn:wine' }\n");
    assert.deepEqual(await settled(watch), ["b-model"]);
  });

  it("waits while a file is still being written", async () => {
    const watch = await ModelWatch.of(models);
    for (const rows of ["3,4\n", "3,4\n5,6\n", "3,4\n5,6\n7,8\n"]) {
      writeFileSync(at("a.csv"), `x,y\n${rows}`);
      assert.deepEqual(await names(watch), []);
    }
    assert.deepEqual(await names(watch), ["a-model"]);
  });

  it("sees a file that an editor put in the place of the old one", async () => {
    const watch = await ModelWatch.of(models);
    writeFileSync(at("new"), yaml("a.csv", "description: other\n"));
    renameSync(at("new"), at("a.yaml"));
    assert.deepEqual(await settled(watch), ["a-model"]);
  });

  it("follows the YAML to another CSV", async () => {
    const watch = await ModelWatch.of(models);
    writeFileSync(at("other.csv"), "x,y\n5,6\n");
    writeFileSync(at("a.yaml"), yaml("other.csv"));
    assert.deepEqual(await settled(watch), ["a-model"]);
    writeFileSync(at("a.csv"), "nobody's\n");
    assert.deepEqual(await settled(watch), []);
    writeFileSync(at("other.csv"), "x,y\n7,8\n");
    assert.deepEqual(await settled(watch), ["a-model"]);
  });

  it("follows the Python file of a pipeline", async () => {
    writeFileSync(at("features.py"), "def build(): ...\n");
    writeFileSync(at("a.yaml"), yaml("a.csv", "pipeline: features:build\n"));
    const watch = await ModelWatch.of(models);
    writeFileSync(at("features.py"), "def build(): return None\n");
    assert.deepEqual(await settled(watch), ["a-model"]);
    assert.deepEqual(await settled(watch), []);
  });

  it("goes on with a file that is away for a while, and with a YAML that is broken for a while", async () => {
    const watch = await ModelWatch.of(models);
    renameSync(at("a.csv"), at("away"));
    assert.deepEqual(await settled(watch), ["a-model"]);
    renameSync(at("away"), at("a.csv"));
    assert.deepEqual(await settled(watch), ["a-model"]);
    writeFileSync(at("a.yaml"), "name: [");
    assert.deepEqual(await settled(watch), ["a-model"]);
    writeFileSync(at("a.csv"), "x,y\n9,9\n");
    assert.deepEqual(await settled(watch), ["a-model"]);
  });
});
