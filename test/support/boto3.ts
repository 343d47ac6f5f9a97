import { join } from "node:path";
import { ROOT } from "../../tools/lib/paths.ts";
import { pythonPackages, runs } from "../../tools/lib/cached-programs.ts";

/** Runs what MLflow's image runs; its own Python has other versions of the same packages than ours. */
export const PYTHON = "python3";

/** Why a test of such scripts is skipped; empty where it is not. */
export const NO_PYTHON = runs(PYTHON, "-m", "pip", "--version")
  ? ""
  : " (skipped: no python3 with pip)";

/** Where Python finds the scripts' modules and boto3, which is installed into the cache once. */
export function scriptPath(): string {
  const boto3 = pythonPackages(join(import.meta.dirname, "boto3.lock"));
  return [join(ROOT, "components/files"), boto3].join(":");
}
