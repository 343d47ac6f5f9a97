import { spawn } from "node:child_process";
import process from "node:process";

/** How a short command ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end; a program that is not there gives code 127. Output is kept whole. */
export function run(
  argv: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const [program, ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const outcome: Outcome = { code: 127, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (outcome.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (outcome.stderr += chunk.toString()));
    child.once("error", (error) => {
      resolve({ ...outcome, stderr: error.message });
    });
    child.once("close", (code) => {
      resolve({ ...outcome, code: code ?? 1 });
    });
  });
}
