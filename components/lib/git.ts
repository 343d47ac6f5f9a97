import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What git knows about a folder: the identity of the image that is built from it. */
export interface Revision {
  /**
   * Image tag: the first 7 digits of the last commit that touched it, `-dirty-<content hash>` after
   * uncommitted changes.
   */
  tag: string;
  /** The same with all 40 digits. */
  commit: string;
}

/** Where the working copy stands: what else an image is tagged with. */
export interface Head {
  /** Branch as an image tag (`feature/x` is `feature-x`), absent on a detached head outside CI. */
  branch?: string;
  /** Semantic version of a tag `v1.2.3` on this very commit. */
  version?: string;
}

/**
 * The revision of `paths` (relative to the repository at `root`); a path may be a pathspec such as
 * `:(exclude)training/models`.
 *
 * @throws when `root` is no repository, nothing under `paths` was ever committed, or the clone is
 * too shallow to tell.
 */
export function revisionOf(root: string, paths: string[]): Revision {
  const commit = git(root, ["log", "-1", "--format=%H", "--", ...paths]);
  const what = paths.join(" ");
  if (isCutOff(root, commit)) {
    throw new Error(
      `This clone is too shallow to know which commit last touched '${what}', which names its image. ` +
        "Run 'git fetch --unshallow' (in CI: check out with fetch-depth 0).",
    );
  }
  if (commit === "") {
    throw new Error(`No commit touches '${what}', so its image has no name yet. Commit it first.`);
  }
  const dirty =
    git(root, ["status", "--porcelain", "--untracked-files=all", "--", ...paths]) !== "";
  const suffix = dirty ? `-dirty-${contentHash(root, paths)}` : "";
  return { tag: commit.slice(0, 7) + suffix, commit: commit + suffix };
}

/** Branch and version of the commit that is checked out. */
export function headOf(root: string): Head {
  const { env } = process;
  const local = git(root, ["rev-parse", "--abbrev-ref", "HEAD"]);
  // CI checks out a commit, not a branch; its own variable knows better.
  const named = [env["GITHUB_HEAD_REF"], env["GITHUB_REF_NAME"]].find(Boolean);
  const branch = local === "HEAD" ? named : local;
  const version = git(root, ["tag", "--points-at", "HEAD", "--sort=-version:refname"])
    .split("\n")
    .find((tag) => /^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(tag));
  return {
    ...(branch ? { branch: branch.replaceAll(/[^\w.-]/g, "-").slice(0, 128) } : {}),
    ...(version ? { version: version.slice(1) } : {}),
  };
}

/** In a shallow clone the oldest commit seems to touch every path: its answer is worth nothing. */
function isCutOff(root: string, commit: string): boolean {
  if (git(root, ["rev-parse", "--is-shallow-repository"]) !== "true") return false;
  const boundary = readFileSync(
    join(root, git(root, ["rev-parse", "--git-path", "shallow"])),
    "utf8",
  );
  return commit === "" || boundary.split("\n").includes(commit);
}

function contentHash(root: string, paths: string[]): string {
  const list = git(root, ["ls-files", "-z", "-co", "--exclude-standard", "--", ...paths]);
  const hash = createHash("sha256");
  for (const file of [...new Set(list.split("\0"))].sort()) {
    const path = join(root, file);
    if (file !== "" && existsSync(path)) hash.update(`${file}\0`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 8);
}

function git(root: string, args: string[]): string {
  try {
    return execFileSync("git", ["-C", root, ...args], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new Error(
      `'git ${args.slice(0, 2).join(" ")}' failed in ${root}: ${reason}. ` +
        "Images are named after commits: run from a clone of the repository, with git installed.",
      { cause },
    );
  }
}
