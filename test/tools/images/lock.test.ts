import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../tools/lib/paths.ts";
import {
  INSTALL_FOLDER,
  installManifest,
  type Lock,
  type Manifest,
  seedLock,
  strayPackages,
  WORKSPACES,
} from "../../../tools/images/install-manifest.ts";

const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(ROOT, ...path), "utf8"));
const manifest = (rest: Partial<Manifest>): Manifest => ({
  name: "it",
  version: "1.0.0",
  private: true,
  type: "module",
  ...rest,
});

describe("what images install", () => {
  for (const [workspace, buildTools] of Object.entries(WORKSPACES)) {
    it(`is what ${workspace} was tested with (else: npm run lock:images)`, () => {
      const expected = installManifest(
        read("package.json") as Manifest,
        read(workspace, "package.json") as Manifest,
        buildTools,
      );
      assert.deepEqual(read(workspace, INSTALL_FOLDER, "package.json"), expected);
      const lock = read(workspace, INSTALL_FOLDER, "package-lock.json") as Lock;
      assert.deepEqual(strayPackages(read("package-lock.json") as Lock, lock), []);
    });

    it(`names no registry in ${workspace}'s lock file`, () => {
      assert.ok(
        !JSON.stringify(read(workspace, INSTALL_FOLDER, "package-lock.json")).includes("resolved"),
      );
    });
  }

  it("has every package that the page is bundled from, as its image builds it", () => {
    const folder = join(ROOT, "ui", "page");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const imported = files
      .filter((file) => /\.tsx?$/.test(file))
      .flatMap((file) => [
        ...readFileSync(join(folder, file), "utf8").matchAll(
          /^(?:import|\} from) .*?"([^".][^"]*)";$/gm,
        ),
      ])
      .map(([, name = ""]) =>
        name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    const { dependencies, devDependencies } = read(
      "ui",
      INSTALL_FOLDER,
      "package.json",
    ) as Manifest;
    const installed = Object.keys({ ...dependencies, ...devDependencies });
    assert.ok(imported.includes("papaparse") && imported.includes("preact"));
    assert.deepEqual(
      [...new Set(imported)].filter((name) => !installed.includes(name)),
      [],
    );
  });

  it("leaves the development dependencies out that building does not need", () => {
    const workspace = manifest({ devDependencies: { esbuild: "1.0.0", mocha: "1.0.0" } });
    const root = manifest({ devDependencies: { typescript: "6.0.3" } });
    const { devDependencies } = installManifest(root, workspace, ["typescript", "esbuild"]);
    assert.deepEqual(devDependencies, { typescript: "6.0.3", esbuild: "1.0.0" });
  });

  it("needs every build tool to be a development dependency", () => {
    assert.throws(
      () => installManifest(manifest({}), manifest({}), ["esbuild"]),
      /'esbuild', which builds it, is in no devDependencies: add it/,
    );
  });

  it("prefers the workspace's own version of a package to the shared one", () => {
    const lock = {
      packages: {
        "": {},
        serving: {},
        "node_modules/serving": { link: true },
        "node_modules/yaml": { version: "1.0.0" },
        "node_modules/zod": { version: "4.0.0" },
        "serving/node_modules/yaml": { version: "2.0.0" },
        "ui/node_modules/yaml": { version: "3.0.0" },
      },
    };
    const { packages } = seedLock(lock, "serving", manifest({}));
    assert.deepEqual(Object.keys(packages), ["", "node_modules/yaml", "node_modules/zod"]);
    assert.equal(packages["node_modules/yaml"]?.version, "2.0.0");
  });

  it("notices a package that was never tested", () => {
    const root = { packages: { "node_modules/a": { version: "1.0.0", integrity: "x" } } };
    const image = { packages: { "": {}, "node_modules/a": { version: "1.0.1", integrity: "y" } } };
    assert.deepEqual(strayPackages(root, image), ["node_modules/a@1.0.1"]);
  });
});
