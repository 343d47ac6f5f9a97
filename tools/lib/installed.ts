import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";

/**
 * Where a program lies on the PATH, or undefined. What npm puts there does not count: its `pulumi` is a launcher that
 * downloads the CLI at first use.
 */
export function installed(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file));
}
