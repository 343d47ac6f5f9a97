import { copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { Failure } from "../local/failure.ts";
import { ROOT } from "../sandbox/paths.ts";
import { STACK as SANDBOX } from "../sandbox/stack.ts";
import type { Access, PulumiCall } from "./access.ts";
import { tell } from "./command.ts";
import { writePins } from "./pins.ts";
import { pulumiUp } from "./pulumi-up.ts";
import type { Entry } from "./records.ts";

/**
 * The last deployment that went well and that git can bring back.
 *
 * @param sha the commit that has just failed: going back to it would be no way back.
 */
export function lastGood(records: readonly Entry[], sha: string): Entry | undefined {
  return records.findLast(
    (entry) =>
      entry.event === "deploy" && entry.result === "ok" && !entry.dirty && entry.sha !== sha,
  );
}

/**
 * Runs `pulumi up` from the commit of an earlier deployment, with the very images that ran then: nothing is built.
 * The commit is checked out beside this one and shares its packages, unless its lock file is another.
 */
export async function restore(
  access: Access,
  call: PulumiCall,
  { sha = "", images = {} }: Entry,
): Promise<void> {
  // Below the checkout, so that Node finds its packages.
  const folder = join(ROOT, ".slipway", `restore-${sha.slice(0, 7)}-${process.pid}`);
  const git = execa({ cwd: ROOT, reject: false });
  const made = await git`git worktree add --detach ${folder} ${sha}`;
  if (made.failed) {
    throw new Failure(
      `commit ${sha.slice(0, 7)} is not in this clone (git fetch --unshallow): ${made.stderr}`,
    );
  }
  try {
    const configFile = join(folder, `Pulumi.${access.stack}.yaml`);
    if (access.stack === SANDBOX) await copyFile(access.configFile, configFile);
    await writePins(configFile, images);
    const locks = await Promise.all(
      [ROOT, folder].map((root) => readFile(join(root, "package-lock.json"), "utf8")),
    );
    if (locks[0] !== locks[1]) {
      tell("its packages differ from this commit's: npm ci");
      const env = { ONNXRUNTIME_NODE_INSTALL: "skip" };
      await execa({ cwd: folder, env })`npm ci --no-audit --no-fund`;
    }
    // It ran well: a policy that is newer is no reason not to go back.
    await pulumiUp(call, { cwd: folder, configFile, policies: false });
  } finally {
    await git`git worktree remove --force ${folder}`;
    await rm(folder, { recursive: true, force: true });
  }
}
