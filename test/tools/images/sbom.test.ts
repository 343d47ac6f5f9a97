import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { imageRevision } from "../../../components/lib/image-sources.ts";
import { ROOT } from "../../../tools/lib/paths.ts";

interface Bom {
  bomFormat: string;
  metadata: { component: { name: string; version: string; type: string } };
  components: { name: string; version: string; purl: string }[];
}

describe("npm run sbom", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "slipway-sbom-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  before(() => execa("npm", ["run", "sbom", "--", "--out", folder], { cwd: ROOT }));

  const bomOf = (image: string) =>
    JSON.parse(readFileSync(join(folder, `slipway-${image}.cdx.json`), "utf8")) as Bom;
  const listed = ({ components }: Bom) => components.map(({ purl }) => purl).sort();
  const lines = (file: string) => readFileSync(join(ROOT, file), "utf8").split("\n");

  for (const [image, file] of [
    ["training", "training/requirements.lock"],
    ["mlflow", "images/mlflow/requirements.lock"],
  ] as const) {
    it(`lists what ${file} names, and nothing else`, () => {
      const pins = lines(file).flatMap((line) => /^([^ #]+)==([^ ]+)/.exec(line) ?? []);
      const expected: string[] = [];
      for (let at = 0; at < pins.length; at += 3) {
        expected.push(`pkg:pypi/${pins[at + 1]?.replace(/\[.*/, "")}@${pins[at + 2]}`);
      }
      assert.ok(expected.length > 50);
      assert.deepEqual(listed(bomOf(image)), expected.sort());
    });
  }

  for (const image of ["serving", "ui"]) {
    it(`lists what ${image} runs on, without what only builds it`, () => {
      const lock = JSON.parse(
        readFileSync(join(ROOT, image, "install/package-lock.json"), "utf8"),
      ) as { packages: Record<string, { version: string; dev?: boolean }> };
      const paths = Object.entries(lock.packages).filter(([path]) => path !== "");
      const kept = paths.filter(([, { dev = false }]) => !dev);
      assert.ok(kept.length < paths.length);
      const named = kept.map(([path, { version }]) => {
        const name = path.split("node_modules/").at(-1) ?? "";
        return `pkg:npm/${name.replace("@", "%40")}@${version}`;
      });
      assert.deepEqual(new Set(listed(bomOf(image))), new Set(named));
    });
  }

  it("is of the image by the version that it is tagged with", () => {
    for (const image of ["serving", "ui", "training", "mlflow"] as const) {
      const { bomFormat, metadata } = bomOf(image);
      assert.equal(bomFormat, "CycloneDX");
      const { name, version, type } = metadata.component;
      const { tag } = imageRevision(ROOT, image);
      assert.deepEqual([name, version, type], [`slipway-${image}`, tag, "container"]);
    }
  });
});
