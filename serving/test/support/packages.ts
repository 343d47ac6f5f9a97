import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { parse, stringify } from "yaml";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const TRAINING = path.join(ROOT, "training");
const CACHE = path.join(ROOT, ".slipway", "test-packages");

/** Model YAMLs that tests build packages from: both layouts, all three tasks, a threshold, an interval. */
export const MODEL_FILES = {
  diabetes: path.join(TRAINING, "models", "diabetes.yaml"),
  iris: path.join(TRAINING, "models", "iris.yaml"),
  titanic: path.join(TRAINING, "models", "titanic.yaml"),
  progress: path.join(import.meta.dirname, "clients/progress.yaml"),
  careful: path.join(import.meta.dirname, "clients/careful.yaml"),
  ranges: path.join(import.meta.dirname, "clients/ranges.yaml"),
};

/** Short name of a model of the tests. */
export type ModelName = keyof typeof MODEL_FILES;

const scratch = mkdtempSync(path.join(tmpdir(), "slipway-serving-"));
process.on("exit", () => {
  rmSync(scratch, { recursive: true, force: true });
});

/** A fresh folder that goes away with the test process. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(scratch, "folder-"));
}

/** The Python that has training's requirements. */
export function python(): string {
  const file = process.env["SLIPWAY_PYTHON"] ?? path.join(TRAINING, ".venv", "bin", "python");
  assert.ok(existsSync(file), `${file} is missing: run 'npm test' once, or set SLIPWAY_PYTHON`);
  return file;
}

/** The folder of a package that training built; kept between runs while YAML, data and code are the same. */
export function packageOf(model: ModelName): Promise<string> {
  return built(model, MODEL_FILES[model], []);
}

/** The package of a model whose features are a text, a time and a number. */
export function staysPackage(): Promise<string> {
  const [yaml = "", data = ""] = ["stays.yaml", "stays.csv"].map((file) =>
    path.join(import.meta.dirname, "clients", file),
  );
  return built("stays", yaml, [data]);
}

/** The package of one of training's cases of own tables. */
export function casePackage(name: string): Promise<string> {
  const folder = path.join(TRAINING, "tests", "cases", name);
  const data = readdirSync(folder).map((file) => path.join(folder, file));
  return built(name, path.join(folder, "model.yaml"), data);
}

async function built(name: string, yaml: string, data: readonly string[]): Promise<string> {
  const sources = path.join(TRAINING, "src", "training");
  const code = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".py"))
    .map((file) => path.join(sources, file));
  const hash = createHash("sha256");
  for (const file of [yaml, ...data, ...code].sort()) hash.update(readFileSync(file));
  const folder = path.join(CACHE, `${name}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  // Built aside and moved, so that a killed run leaves no half package under the final name.
  const aside = mkdtempSync(`${folder}.`);
  await promisify(execFile)(python(), ["-m", "training", "build", yaml, "--out", aside], {
    cwd: TRAINING,
  });
  if (existsSync(folder)) rmSync(aside, { recursive: true });
  else renameSync(aside, folder);
  return folder;
}

/** The metadata of a package, free to be changed. */
export type Metadata = Record<string, unknown> & {
  features: Record<string, unknown>[];
  onnx: Record<string, unknown>;
  expected: Record<string, unknown>;
};

/** A copy of a package with changed metadata. */
export async function changedPackage(
  model: ModelName,
  change: (metadata: Metadata, folder: string) => void,
): Promise<string> {
  const folder = temporaryFolder();
  cpSync(await packageOf(model), folder, { recursive: true });
  const file = path.join(folder, "MLmodel");
  const document = parse(readFileSync(file, "utf8")) as { metadata: { slipway: Metadata } };
  change(document.metadata.slipway, folder);
  writeFileSync(file, stringify(document));
  return folder;
}

/** Replaces a package by another, in the order that a reader cannot see half of it. */
export function replacePackage(folder: string, by: string): void {
  cpSync(path.join(by, "model.onnx"), path.join(folder, "model.onnx"));
  cpSync(path.join(by, "MLmodel"), path.join(folder, "MLmodel"));
}
