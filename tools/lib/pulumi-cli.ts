import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { installed } from "./installed.ts";
import { ROOT } from "./paths.ts";

/**
 * The Pulumi CLI, if there is one: installed on the machine, else the launcher that `npm ci` brings, where
 * the download that it needs at first use works.
 */
export async function findPulumi(): Promise<string | undefined> {
  for (const command of [installed("pulumi"), join(ROOT, "node_modules/.bin/pulumi")]) {
    if (command === undefined || !existsSync(command)) continue;
    const version = await execa(command, ["version"], { reject: false, timeout: 300_000 });
    if (!version.failed) return command;
  }
  return undefined;
}
