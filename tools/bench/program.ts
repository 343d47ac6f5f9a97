import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import type { Progress } from "../lib/progress.ts";
import { must } from "./must.ts";
import { median, type ProgramMetrics, type Results } from "./results.ts";

/** Fresh processes for each size; the median counts. */
const RUNS = 3;
const SIZES = [1, 10, 25, 50];

/**
 * Evaluates the program as `render` does, for the dev stack and for ever more models, in a clone of the last commit:
 * fifty models need fifty YAML files.
 */
export async function benchProgram(root: string, progress: Progress): Promise<Results["program"]> {
  const clone = mkdtempSync(path.join(tmpdir(), "slipway-bench-"));
  try {
    await must(["git", "clone", "--quiet", root, clone]);
    symlinkSync(path.join(root, "node_modules"), path.join(clone, "node_modules"));
    const files = copiesOfIris(clone, Math.max(...SIZES));
    await evaluateOnce(clone, []); // Fills tsx's cache.
    const measured: ProgramMetrics[] = [];
    for (const size of [0, ...SIZES]) {
      const metrics = await medianOf(clone, files.slice(0, size));
      progress.say(`program: ${metrics.models} models in ${metrics.seconds.toFixed(1)} s`);
      measured.push(metrics);
    }
    const [dev, ...grown] = measured;
    if (dev === undefined) throw new Error("no run, so no metrics");
    return { runs: RUNS, dev, grown };
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

function copiesOfIris(clone: string, count: number): string[] {
  const folder = path.join(clone, "training", "models");
  const iris = readFileSync(path.join(folder, "iris.yaml"), "utf8");
  return Array.from({ length: count }, (_, index) => {
    const file = `copy-${index}.yaml`;
    writeFileSync(path.join(folder, file), iris.replace(/^name: .*$/m, `name: copy-${index}`));
    return file;
  });
}

async function medianOf(clone: string, files: string[]): Promise<ProgramMetrics> {
  const runs: ProgramMetrics[] = [];
  for (let count = 0; count < RUNS; count++) runs.push(await evaluateOnce(clone, files));
  const of = (key: keyof ProgramMetrics): number => median(runs.map((metrics) => metrics[key]));
  return {
    models: of("models"),
    resources: of("resources"),
    seconds: of("seconds"),
    cpuSeconds: of("cpuSeconds"),
    mib: of("mib"),
  };
}

async function evaluateOnce(clone: string, files: string[]): Promise<ProgramMetrics> {
  const script = path.join(clone, "tools", "bench", "evaluate-once.ts");
  const tsx = path.join(clone, "node_modules", "tsx", "dist", "loader.mjs");
  const stdout = await must([process.execPath, "--import", tsx, script, ...files]);
  return JSON.parse(stdout) as ProgramMetrics;
}
