import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ModelRegistry } from "./mlflow.ts";

/** Writes a version's package into a new folder, as training and serving read it; returns the text of its `MLmodel`. */
export async function downloadPackage(
  registry: ModelRegistry,
  model: string,
  version: string,
  folder: string,
): Promise<string> {
  mkdirSync(folder);
  const about = await registry.packageFile(model, version, "MLmodel");
  writeFileSync(path.join(folder, "MLmodel"), about);
  const onnx = await registry.packageFile(model, version, "model.onnx");
  writeFileSync(path.join(folder, "model.onnx"), onnx);
  return about.toString();
}
