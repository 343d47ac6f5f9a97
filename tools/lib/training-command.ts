import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { Failure, reasonOf } from "./failure.ts";
import { ROOT } from "./paths.ts";
import { Progress } from "./progress.ts";
import { preparePython } from "./python.ts";

/**
 * Runs `python -m training` with these words, its output on our own; its exit code becomes ours.
 * @param more added to its environment. @throws Failure when there is no usable Python.
 */
export async function runTraining(
  words: readonly string[],
  more: Record<string, string> = {},
): Promise<void> {
  const { interpreter, env } = await preparePython(ROOT, new Progress());
  const child = spawn(interpreter, ["-m", "training", ...words], {
    env: { ...process.env, ...env, ...more },
    stdio: "inherit",
  });
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    process.exitCode = code ?? 1;
  } catch (error) {
    throw new Failure(`${interpreter} can't be started: ${reasonOf(error)}`);
  }
}
