import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";

/** Identity of the source below some paths: the last commit that touched them, and what was changed since. */
export interface SourceVersion {
  /** 40 hex digits of the last commit that touched the paths. */
  sha: string;
  /** First 8 hex digits of a hash over uncommitted content; undefined when everything is committed. */
  dirty: string | undefined;
  /** `abc1234`, or `abc1234-dirty-0123abcd`: fit for an image tag. */
  tag: string;
}

/** Where the checkout stands: what else an image is tagged with. */
export interface Head {
  /** Branch as an image tag (`feature/x` is `feature-x`); absent on a detached head outside CI. */
  branch?: string;
  /** Semantic version of a tag `v1.2.3` on this very commit. */
  version?: string;
}

/** Git can't say what the source is; the message names the remedy. */
export class GitError extends Error {}

/**
 * The identity of what lies below `paths`.
 * @param root the checkout.
 * @param paths files or folders relative to it, or pathspecs such as `:(exclude)training/models`.
 * @throws GitError outside a checkout, for paths that no commit touched, and for a shallow clone that lacks their history.
 */
export function sourceVersion(root: string, paths: string[]): SourceVersion {
  const sha = lastCommit(root, paths);
  const dirty = dirtyHash(root, paths);
  const short = sha.slice(0, 7);
  return { sha, dirty, tag: dirty === undefined ? short : `${short}-dirty-${dirty}` };
}

/** The version in full: all digits of the commit, and the same suffix as the tag. */
export function fullVersion({ sha, dirty }: SourceVersion): string {
  return dirty === undefined ? sha : `${sha}-dirty-${dirty}`;
}

/** Branch and version of the commit that is checked out; `SLIPWAY_BRANCH` names another branch. */
export function headOf(root: string): Head {
  const local = git(root, ["rev-parse", "--abbrev-ref", "HEAD"]).trim();
  const branch = process.env["SLIPWAY_BRANCH"] ?? (local === "HEAD" ? branchInCi(root) : local);
  const version = git(root, ["tag", "--points-at", "HEAD", "--sort=-version:refname"])
    .split("\n")
    .find((tag) => /^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(tag));
  return {
    ...(branch ? { branch: branch.replaceAll(/[^\w.-]/g, "-").slice(0, 128) } : {}),
    ...(version ? { version: version.slice(1) } : {}),
  };
}

/** Branches of the remote that hold the commit that is checked out, e.g. `main`; empty when it was never pushed. */
function pushedTo(root: string): string[] {
  return git(root, [
    "for-each-ref",
    "--contains=HEAD",
    "--format=%(refname:lstrip=3)",
    "refs/remotes",
  ])
    .split("\n")
    .filter((name) => name !== "" && name !== "HEAD");
}

/** CI checks out a commit, not a branch; its own variables know better. */
function branchInCi(root: string): string | undefined {
  const { env } = process;
  const tagged =
    env["GITHUB_REF_TYPE"] === "tag" || ["CI_COMMIT_TAG", "TAG_NAME"].some((name) => env[name]);
  // The branch that a tag was set on: without it, the same images would be described anew.
  if (tagged) return pushedTo(root).sort((a, b) => Number(b === "main") - Number(a === "main"))[0];
  const names = ["GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BRANCH_NAME"];
  return names.map((name) => env[name]).find(Boolean);
}

function lastCommit(root: string, paths: string[]): string {
  const found = git(root, ["log", "-1", "--format=%H %P", "--", ...paths]).trim();
  const [sha = "", parent] = found.split(" ");
  // In a shallow clone the oldest commit, which has no parent there, seems to touch every path: its answer may be wrong.
  if (parent === undefined && isShallow(root) && (sha === "" || isBoundary(root, sha))) {
    throw new GitError(
      `${paths.join(", ")}: this clone is shallow, so the last commit that touched it is unknown; ` +
        "run: git fetch --unshallow (in CI: fetch-depth: 0)",
    );
  }
  if (sha !== "") return sha;
  throw new GitError(`${paths.join(", ")}: no commit touches it yet; commit it first`);
}

function isShallow(root: string): boolean {
  return git(root, ["rev-parse", "--is-shallow-repository"]).trim() === "true";
}

function isBoundary(root: string, sha: string): boolean {
  const file = path.resolve(root, git(root, ["rev-parse", "--git-path", "shallow"]).trim());
  return existsSync(file) && readFileSync(file, "utf8").split("\n").includes(sha);
}

function dirtyHash(root: string, paths: string[]): string | undefined {
  const status = git(root, ["status", "--porcelain", "--untracked-files=all", "--", ...paths]);
  if (status === "") return undefined;
  const changed = git(root, ["diff", "HEAD", "--binary", "--", ...paths]);
  const untracked = git(root, ["ls-files", "-z", "--others", "--exclude-standard", "--", ...paths]);
  // A change that was staged and taken back since.
  if (changed === "" && untracked === "") return undefined;
  const hash = createHash("sha256").update(changed);
  for (const file of untracked.split("\0").filter((name) => name !== "")) {
    hash.update(`\0${file}\0`).update(contentOf(path.join(root, file)));
  }
  return hash.digest("hex").slice(0, 8);
}

/** As git takes it: a link is the path that it names, whatever is there. */
function contentOf(file: string): string | Buffer {
  return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : readFileSync(file);
}

function git(root: string, args: string[]): string {
  try {
    return execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      // Its complaints are read below, so they must not be translated; a question must not lock the index.
      env: { ...process.env, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
      maxBuffer: 256 * 1024 ** 2,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    throw new GitError(reasonOf(error as GitProcessError, args[0] ?? "", root));
  }
}

/** What `execFileSync` throws. */
interface GitProcessError extends Error {
  code?: string;
  stderr?: string;
}

/** What a person can do about git's complaint, where that is known. */
function reasonOf(error: GitProcessError, command: string, root: string): string {
  const why = "images are named after the last commit of their folder";
  const said = error.stderr?.trim() ?? error.message;
  if (error.code === "ENOENT") return `git is not installed, and ${why}: install it`;
  if (said.includes("not a git repository")) {
    return `${root} is not a git checkout, and ${why}: clone the repository, or make one of it with 'git init && git add --all && git commit'`;
  }
  if (/unknown revision|does not have any commits|bad revision 'HEAD'/.test(said)) {
    return `${root} has no commit yet, and ${why}: git add --all && git commit`;
  }
  return `git ${command} failed in ${root}: ${said}`;
}
