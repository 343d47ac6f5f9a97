import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { Failure, reasonOf } from "./failure.ts";
import { ROOT } from "./paths.ts";
import { Progress } from "./progress.ts";
import { preparePython } from "./python.ts";
import { run } from "./run.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

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
  // It leaves by the way that cleans up, and we after it.
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    process.exitCode = code ?? 1;
  } catch (error) {
    throw new Failure(`${interpreter} can't be started: ${reasonOf(error)}`);
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}

/** What a command of `python -m training` answers as JSON. @throws Failure with what it says is wrong. */
export async function askTraining<T>(
  words: readonly string[],
  more: Record<string, string>,
): Promise<T> {
  const { interpreter, env } = await preparePython(ROOT, new Progress());
  const argv = [interpreter, "-m", "training", ...words] as const;
  const { code, stdout, stderr } = await run(argv, { ...env, ...more });
  if (code !== 0) throw new Failure(stderr.trim() || `training ended with exit code ${code}`, code);
  return JSON.parse(stdout) as T;
}
