import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { readConfig } from "../../src/config.ts";
import { loadModel } from "../../src/model/load.ts";
import { FolderSource } from "../../src/registry/folder.ts";
import { remembered } from "../../src/registry/package-cache.ts";
import { PackageCache } from "../../src/registry/package-cache.ts";
import { packageOf, temporaryFolder } from "../support/packages.ts";
import { edit, keyFile, publicKeyIn, signedPackage } from "../support/signing.ts";

const { limits } = readConfig({ MODEL_URI: "." });
const UNKNOWN = "A".repeat(43) + "=";

describe("the signature of a package", function () {
  this.timeout(240_000);
  let signed: string;
  let key: string;

  before(async () => {
    signed = await signedPackage(await packageOf("iris"), "iris-model", keyFile());
    key = publicKeyIn(readFileSync(path.join(signed, "MLmodel.sig"), "utf8"));
  });

  /** Loads a folder as the version of a registered model. */
  async function load(folder: string, keys: readonly string[], name = "iris-model") {
    const candidate = await new FolderSource(folder).resolve();
    const model = await loadModel({ ...candidate, name, version: "3" }, limits, keys);
    await model.release();
    return model.name;
  }

  async function copy(change: (folder: string) => void): Promise<string> {
    const folder = await signedPackage(signed, "iris-model", keyFile());
    // Its own signature comes back: that of the shared key, not that of the copy.
    edit(folder, "MLmodel.sig", () => readFileSync(path.join(signed, "MLmodel.sig"), "utf8"));
    change(folder);
    return folder;
  }

  it("that training wrote in Python is taken here, by each key that is trusted", async () => {
    assert.equal(await load(signed, [key]), "iris-model");
    assert.equal(await load(signed, [UNKNOWN, key]), "iris-model");
  });

  const TAMPERED: [string, RegExp, (folder: string) => void][] = [
    [
      "swapped classes",
      /another MLmodel than the one that was signed/,
      (folder) => {
        edit(folder, "MLmodel", (text) => text.replace("value: setosa", "value: virginica"));
      },
    ],
    [
      "one byte more",
      /another MLmodel than the one that was signed/,
      (folder) => {
        edit(folder, "MLmodel", (text) => `${text}\n`);
      },
    ],
    [
      "an MLmodel that nothing could read",
      /another MLmodel than the one that was signed/,
      (folder) => {
        edit(folder, "MLmodel", () => "a: [");
      },
    ],
    [
      "another graph",
      /model.onnx has sha256 \w+ instead of/,
      (folder) => {
        edit(folder, "model.onnx", (text) => `${text.slice(0, -1)}\u0002`);
      },
    ],
    [
      "no signature",
      /carries no signature \(MLmodel.sig\): train or adopt the model again, or let a training sign/,
      (folder) => {
        rmSync(path.join(folder, "MLmodel.sig"));
      },
    ],
    [
      "a forged signature",
      /another MLmodel than the one that was signed, or a forged signature/,
      (folder) => {
        edit(folder, "MLmodel.sig", (text) =>
          text.replace(/signature: (.)/, (_, first) => `signature: ${first === "A" ? "B" : "A"}`),
        );
      },
    ],
    [
      "a signature with something behind it",
      /has a MLmodel.sig that is none of ours/,
      (folder) => {
        edit(folder, "MLmodel.sig", (text) => `${text}more: 1\n`);
      },
    ],
    [
      "the name of another model on its signature",
      /carries a signature for 'other-model'/,
      (folder) => {
        edit(folder, "MLmodel.sig", (text) => text.replace("iris-model", "other-model"));
      },
    ],
  ];
  for (const [what, reason, change] of TAMPERED) {
    it(`is asked for, and a package with ${what} refused`, async () => {
      await assert.rejects(load(await copy(change), [key]), reason);
    });
  }

  it("is not taken from a key that is not listed", async () => {
    const other = await signedPackage(signed, "iris-model", keyFile());
    const theirs = publicKeyIn(readFileSync(path.join(other, "MLmodel.sig"), "utf8"));
    await assert.rejects(load(other, [key]), (error: Error) => {
      assert.ok(
        error.message.startsWith(
          `version 3 of 'iris-model' is signed by ${theirs}, which MODEL_PUBLIC_KEYS lacks: train`,
        ),
      );
      return true;
    });
    assert.equal(await load(other, [key, theirs]), "iris-model");
  });

  it("of one model is of no use to another, although the key is the same", async () => {
    await assert.rejects(load(signed, [key], "roses"), /carries a signature for 'iris-model'/);
    const renamed = await copy((folder) => {
      edit(folder, "MLmodel.sig", (text) => text.replace("iris-model", "roses"));
    });
    await assert.rejects(load(renamed, [key], "roses"), /or a forged signature/);
  });

  it("is not asked for where no key is given", async () => {
    assert.equal(await load(await packageOf("iris"), []), "iris-model");
  });

  it("is kept with the package on disk, and asked for there again", async () => {
    const cache = new PackageCache(temporaryFolder(), "iris-model");
    const source = await new FolderSource(signed).resolve();
    const kept = remembered({ ...source, name: "iris-model", version: "3" });
    await (await loadModel(kept.candidate, limits, [key])).release();
    await cache.keep(kept.candidate, kept.files);
    await (await loadModel(await cache.resolve(), limits, [key])).release();
    await assert.rejects(loadModel(await cache.resolve(), limits, [UNKNOWN]), /is signed by/);

    const bare = remembered({ ...source, name: "iris-model", version: "4" });
    await (await loadModel(bare.candidate, limits)).release();
    await cache.keep(bare.candidate, bare.files);
    await assert.rejects(loadModel(await cache.resolve(), limits, [key]), /carries no signature/);
  });
});
