import { spawnSync } from "node:child_process";
import process from "node:process";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { Progress } from "../lib/progress.ts";
import { preparePython } from "../lib/python.ts";

/**
 * Runs `python -m training` with these words, its output on our own; its exit code becomes ours.
 * @throws Failure when there is no usable Python.
 */
export async function runTraining(words: readonly string[]): Promise<void> {
  const { interpreter, env } = await preparePython(ROOT, new Progress());
  const ended = spawnSync(interpreter, ["-m", "training", ...words], {
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  if (ended.error) throw new Failure(`${interpreter} can't be started: ${ended.error.message}`);
  process.exitCode = ended.status ?? 1;
}
