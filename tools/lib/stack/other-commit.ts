import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { Failure } from "../failure.ts";
import { ROOT } from "../paths.ts";

/**
 * Checks out another commit beside this one for as long as `work` takes. It shares this one's packages, unless its lock file is
 * another.
 *
 * @param sha the commit, @param purpose first word of its folder's name, @param work is given that folder.
 * @throws Failure where the clone has no such commit, and whatever `work` throws.
 */
export async function atCommit<Result>(
  sha: string,
  purpose: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  // Below the checkout, so that Node finds its packages.
  const folder = join(ROOT, ".slipway", `${purpose}-${sha.slice(0, 7)}-${process.pid}`);
  const git = execa({ cwd: ROOT, reject: false });
  const made = await git`git worktree add --detach ${folder} ${sha}`;
  if (made.failed) {
    throw new Failure(
      `commit ${sha.slice(0, 7)} is not in this clone (git fetch --unshallow): ${made.stderr}`,
    );
  }
  try {
    await installPackages(folder);
    return await work(folder);
  } finally {
    await git`git worktree remove --force ${folder}`;
    await rm(folder, { recursive: true, force: true });
  }
}

async function installPackages(folder: string): Promise<void> {
  const locks = await Promise.all(
    [ROOT, folder].map((root) => readFile(join(root, "package-lock.json"), "utf8")),
  );
  if (locks[0] === locks[1]) return;
  process.stderr.write("its packages differ from this commit's: npm ci\n");
  const env = { ONNXRUNTIME_NODE_INSTALL: "skip" };
  await execa({ cwd: folder, env })`npm ci --no-audit --no-fund`;
}
