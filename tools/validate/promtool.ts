import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runs } from "../lib/cached-programs.ts";

/** Why promtool cannot run on this machine, with the remedy; undefined where it can. */
export function promtoolMissing(): string | undefined {
  return runs("promtool", "--version")
    ? undefined
    : "no promtool; install Prometheus (Debian: apt install prometheus)";
}

/**
 * Runs promtool, which reads Prometheus' files as Prometheus does, in a folder with these files.
 *
 * @param args e.g. `["check", "rules", "rules.yml"]`.
 * @returns what it complains of, empty when all is well.
 */
export function promtool(args: string[], files: Record<string, string>): string {
  const cwd = mkdtempSync(join(tmpdir(), "slipway-promtool-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
    const { status, stdout, stderr } = spawnSync("promtool", args, { cwd, encoding: "utf8" });
    return status === 0 ? "" : `${stdout}${stderr}`;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
