import { readFile } from "node:fs/promises";
import { explain } from "./explain.ts";
import { Failure, reasonOf } from "./failure.ts";

/** Runs a command of the command line: prints what a person needs to know of an error, and sets the exit code. */
export async function runCommand(usage: string, command: () => Promise<void>): Promise<void> {
  // Whoever reads the output, such as `head`, may have enough of it.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    process.exit(code === "EPIPE" ? 0 : 1);
  });
  try {
    if (process.argv.slice(2).some((arg) => arg === "--help" || arg === "-h")) {
      process.stdout.write(`${usage}\n`);
      return;
    }
    await command();
  } catch (error) {
    // node:util's parseArgs says what is wrong with an option, but not which there are.
    const wrong = (error as { code?: unknown }).code;
    const misused = typeof wrong === "string" && wrong.startsWith("ERR_PARSE_ARGS");
    process.stderr.write(`${misused ? `${reasonOf(error)}\n${usage}` : explain(error)}\n`);
    process.exitCode = misused ? 2 : error instanceof Failure ? error.exitCode : 1;
  }
}

/** Text of the file that an option names. @throws Failure with exit code 2 where it cannot be read. */
export async function readInput(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Failure(`${option} ${file} cannot be read: ${reasonOf(error)}; name another file`, 2);
  }
}
