import { spawnSync } from "node:child_process";
import { publishedGoProgram, runs } from "../lib/cached-programs.ts";

/** Why workflows can't be linted here, or undefined. */
export function missingActionlint(): string | undefined {
  return runs("go", "version") ? undefined : "no Go; install it to build actionlint";
}

/** What actionlint says of the workflows of the repository at `root`, a line each; empty when all is well. */
export function lintWorkflows(root: string, files: string[]): string {
  const program = publishedGoProgram("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12");
  // Its helpers would only be there on some machines.
  const options = ["-oneline", "-no-color", "-shellcheck=", "-pyflakes="];
  const { stdout, stderr } = spawnSync(program, [...options, ...files], {
    cwd: root,
    encoding: "utf8",
  });
  return `${stdout}${stderr}`;
}
