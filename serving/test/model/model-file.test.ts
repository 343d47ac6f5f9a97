import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

import { parse, stringify } from "yaml";

import { parseModelFile } from "../../src/model/model-file.ts";
import { PackageError } from "../../src/model/package-error.ts";
import { packageOf, type Metadata } from "../support/packages.ts";

interface Document {
  metadata: { slipway: Metadata };
}

describe("model package", () => {
  let document: Document;
  beforeEach(async () => {
    const text = readFileSync(path.join(await packageOf("diabetes"), "MLmodel"), "utf8");
    document = parse(text) as Document;
  });

  /** Expects the changed metadata to be refused for this reason. */
  function refused(change: (metadata: Metadata) => void, reason: RegExp): void {
    change(document.metadata.slipway);
    assert.throws(
      () => parseModelFile(stringify(document)),
      (error: Error) => {
        assert.ok(error instanceof PackageError);
        assert.match(error.message, reason);
        return true;
      },
    );
  }

  it("is read out of what training wrote, with MLflow's signature", () => {
    const { package: pack, signature } = parseModelFile(stringify(document));
    assert.equal(pack.model, "diabetes-model");
    assert.deepEqual(
      Object.keys(pack.example),
      pack.features.map(({ name }) => name),
    );
    assert.ok(Array.isArray(signature.inputs));
  });

  it("ignores keys of a newer minor writer", () => {
    document.metadata.slipway["colour"] = "blue";
    assert.equal(parseModelFile(stringify(document)).package.task, "binary");
  });

  it("lists every fault at once", () => {
    refused((metadata) => {
      metadata["title"] = 5;
      metadata.onnx["sha256"] = "abc";
    }, /\/title .*\/onnx\/sha256/s);
  });

  it("refuses what is not a package", () => {
    for (const text of ["", "a: [", "- 1", "flavors: {}", "metadata: {slipway: 3}"]) {
      assert.throws(() => parseModelFile(text), PackageError, text);
    }
    const layers = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`,
    );
    const bomb = `a0: &a0 [x, x]\n${layers.join("\n")}\n`;
    assert.throws(() => parseModelFile(bomb), PackageError);
  });

  const cases: [string, (metadata: Metadata) => void, RegExp][] = [
    ["an unknown format", (m) => (m["format"] = 2), /format is 2; this server reads format 1/],
    ["a positive class that is none", (m) => (m["positive"] = 2), /\/positive must be the index/],
    ["a binary model of one class", (m) => (m["classes"] = []), /\/classes has 0 entries/],
    ["classes on a regression", (m) => (m["task"] = "regression"), /must be empty/],
    ["several classes as a boolean", (m) => (m["task"] = "multiclass"), /needs the task binary/],
    [
      "risk bands that do not end open",
      (m) => (m["risk_bands"] = [{ label: "low", below: 0.5 }]),
      /must ascend and end/,
    ],
    ["a feature twice", (m) => m.features.push({ ...m.features[0] }), /name twice/],
    [
      "an example with a stranger",
      (m) => (m["example"] = { stranger: 1 }),
      /stranger, which is not a feature/,
    ],
    [
      "a range the wrong way round",
      (m) => Object.assign(m.features[0] ?? {}, { range: { min: 5, max: 1 } }),
      /min exceeds its max/,
    ],
    [
      "a histogram without its last bin",
      (m) =>
        Object.assign(m.features[0] ?? {}, {
          histogram: { edges: [1, 2], counts: [1], missing: 0 },
        }),
      /one histogram count a bin/,
    ],
    [
      "a category in a matrix",
      (m) =>
        Object.assign(m.features[0] ?? {}, {
          ...{ type: "category", categories: ["a"], range: null },
          histogram: { categories: ["a"], counts: [1], other: 0, missing: 0 },
        }),
      /must be columns/,
    ],
    ["a file outside the package", (m) => (m.onnx["file"] = "../x.onnx"), /\/onnx\/file/],
  ];
  for (const [what, change, reason] of cases) {
    it(`refuses ${what}`, () => {
      refused(change, reason);
    });
  }
});
