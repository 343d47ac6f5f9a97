import { execa } from "execa";
import { Failure } from "../failure.ts";
import { ROOT } from "../paths.ts";
import { tell } from "../tell.ts";

/** The commit that is checked out. */
export interface Checkout {
  /** All 40 digits. */
  sha: string;
  /** Files with uncommitted changes. */
  changed: string[];
  /** A branch of a remote holds the commit. */
  pushed: boolean;
}

/** What git says of the checkout. @throws Failure outside one. */
export async function readCheckout(root = ROOT): Promise<Checkout> {
  const git = execa({ cwd: root, reject: false });
  const head = await git`git rev-parse HEAD`;
  if (head.failed)
    throw new Failure(
      `${root} is no git checkout with a commit: clone the repository, or commit first. ${head.stderr}`,
    );
  const status = await git`git status --porcelain`;
  const holding = await git`git branch --remotes --contains ${head.stdout}`;
  return {
    sha: head.stdout,
    changed: status.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => line.slice(3)),
    pushed: holding.stdout.trim() !== "",
  };
}

/**
 * What others rely on must be found again in git.
 *
 * @param strict refuse, as for a stack with `protect`; else only say so.
 */
export function needReproducible(
  { sha, changed, pushed }: Checkout,
  { strict, dirty }: { strict: boolean; dirty: boolean },
): void {
  const problems = [
    ...(changed.length > 0
      ? [
          `uncommitted changes in ${changed.slice(0, 5).join(", ")}${changed.length > 5 ? ", …" : ""}`,
        ]
      : []),
    ...(pushed
      ? []
      : [`commit ${sha.slice(0, 7)} is on no remote branch: push it, or git fetch if it is`]),
  ];
  if (problems.length === 0) return;
  if (strict && !dirty) {
    throw new Failure(
      `this stack is protected and could not be brought back from git: ${problems.join("; ")}; ` +
        "--dirty deploys all the same",
    );
  }
  tell(`note: ${problems.join("; ")}`);
}
