import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { Failure } from "../lib/failure.ts";

/** A deployment of the commit that is checked out. */
export interface Publication {
  /** The checkout; neither its files nor its index are touched. */
  root: string;
  stack: string;
  /** Remote by name or address. */
  remote: string;
  /** Push, and take the remote's branch for the truth. */
  push: boolean;
  /** Allow a commit that the deployed one already contains. */
  older: boolean;
  /** The branch's whole content, by file name. */
  files: Map<string, string>;
  /** For the message: one line an image. */
  images: string[];
}

/** Where the branch stands afterwards. */
export interface Published {
  commit: string;
  subject: string;
  /** False when the branch held the same files already. */
  changed: boolean;
}

/** How often a push that another one overtook is tried again. */
const TRIES = 5;

/** The branch that Argo CD follows. */
export function branchOf(stack: string): string {
  return `gitops/${stack}`;
}

/**
 * Commits the files to the stack's branch, which shares no history with the sources. Files that are no
 * longer rendered go; nothing is committed where nothing changed.
 *
 * @throws Failure for changes that no commit holds, a commit that is not pushed or is older than what is deployed.
 */
export async function publish(publication: Publication): Promise<Published> {
  const git = gitIn(publication.root);
  const source = (await git(["rev-parse", "HEAD"])).trim();
  await refuseChanges(git);
  await refuseCheckedOut(git, branchOf(publication.stack));
  const tree = await writeTree(git, publication.files);
  for (let tries = 1; ; tries++) {
    const head = await (publication.push
      ? remoteHead(git, publication, source)
      : localHead(git, publication));
    if (head !== undefined && !publication.older) await refuseOlder(git, publication, source, head);
    if (head !== undefined && (await git(["rev-parse", `${head}^{tree}`])).trim() === tree) {
      return { commit: head, subject: await subjectOf(git, head), changed: false };
    }
    const commit = await writeCommit(git, publication, { source, tree, parent: head });
    if (!publication.push || (await pushed(git, publication, commit))) {
      await git(["update-ref", `refs/heads/${branchOf(publication.stack)}`, commit]);
      return { commit, subject: await subjectOf(git, commit), changed: true };
    }
    if (tries === TRIES) {
      throw new Failure(
        `${branchOf(publication.stack)} was pushed by others ${TRIES} times in a row: run this again`,
      );
    }
    await sleep(Math.random() * 500 * tries);
  }
}

type Git = (args: string[], options?: { input?: string; reject?: boolean }) => Promise<string>;

/** Gives standard output. With `reject: false` a failure gives an empty text. */
function gitIn(cwd: string): Git {
  const env = { LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  return async (args, { input = "", reject = true } = {}) => {
    const result = await execa("git", args, { cwd, env, input, reject: false });
    if (!result.failed) return result.stdout;
    if (!reject) return "";
    throw new Failure(`git ${args[0] ?? ""} failed: ${result.stderr || result.shortMessage}`);
  };
}

async function refuseChanges(git: Git): Promise<void> {
  const changed = await git(["status", "--porcelain", "--untracked-files=no"]);
  if (changed === "") return;
  throw new Failure(
    `there are changes that no commit holds, and the branch names the commit it came from; commit them first:\n${changed}`,
  );
}

async function refuseCheckedOut(git: Git, branch: string): Promise<void> {
  const worktrees = (await git(["worktree", "list", "--porcelain"])).split("\n\n");
  const user = worktrees.find((text) => text.split("\n").includes(`branch refs/heads/${branch}`));
  if (user === undefined) return;
  const folder = user.split("\n")[0]?.replace("worktree ", "") ?? "";
  throw new Failure(`${branch} is checked out in ${folder}: switch to another branch there`);
}

/** Where this stack's fetch keeps the remote's branches: an address has no tracking branches. */
function fetched({ stack }: Publication): string {
  return `refs/slipway/${stack}`;
}

/** The remote's branch, after making sure that the source can be found there. */
async function remoteHead(
  git: Git,
  publication: Publication,
  source: string,
): Promise<string | undefined> {
  const refs = fetched(publication);
  await git([
    "fetch",
    "--quiet",
    "--prune",
    "--no-tags",
    publication.remote,
    `+refs/heads/*:${refs}/*`,
  ]);
  const holders = await git(["for-each-ref", "--count=1", `--contains=${source}`, refs]);
  if (holders === "") {
    throw new Failure(
      `commit ${source.slice(0, 7)} is not on ${publication.remote}: push it first, so that what runs can be looked up`,
    );
  }
  return resolve(git, `${refs}/${branchOf(publication.stack)}`);
}

async function localHead(git: Git, { stack, remote }: Publication): Promise<string | undefined> {
  const branch = branchOf(stack);
  return (
    (await resolve(git, `refs/heads/${branch}`)) ??
    (await resolve(git, `refs/remotes/${remote}/${branch}`))
  );
}

async function resolve(git: Git, ref: string): Promise<string | undefined> {
  return (
    (await git(["rev-parse", "--verify", "--quiet", ref], { reject: false })).trim() || undefined
  );
}

/** Of two merges at once the newer one stays, whichever pipeline is slower. */
async function refuseOlder(
  git: Git,
  { stack }: Publication,
  source: string,
  head: string,
): Promise<void> {
  const format = "--format=%(trailers:key=Source-Commit,valueonly)";
  const deployed = (await git(["log", "-1", format, head])).trim();
  if (deployed === "" || deployed === source) return;
  const base = await git(["merge-base", source, deployed], { reject: false });
  if (base.trim() !== source) return;
  throw new Failure(
    `${branchOf(stack)} holds ${deployed.slice(0, 7)}, which is newer than ${source.slice(0, 7)}: nothing to do; ` +
      "--older goes back to it all the same",
  );
}

async function writeTree(git: Git, files: Map<string, string>): Promise<string> {
  const entries: string[] = [];
  for (const [name, input] of files) {
    const blob = (await git(["hash-object", "-w", "--stdin"], { input })).trim();
    entries.push(`100644 blob ${blob}\t${name}\n`);
  }
  return (await git(["mktree"], { input: entries.join("") })).trim();
}

async function writeCommit(
  git: Git,
  { stack, images }: Publication,
  { source, tree, parent }: { source: string; tree: string; parent: string | undefined },
): Promise<string> {
  const paragraphs = [
    `Deploy ${source.slice(0, 7)} to ${stack}`,
    images.join("\n"),
    `Source-Commit: ${source}`,
  ];
  const input = `${paragraphs.filter(Boolean).join("\n\n")}\n`;
  const parents = parent === undefined ? [] : ["-p", parent];
  const identity = await identityOf(git);
  return (await git([...identity, "commit-tree", tree, ...parents], { input })).trim();
}

/** CI machines have no name of their own; whoever started the pipeline is the one who deployed. */
async function identityOf(git: Git): Promise<string[]> {
  if ((await git(["var", "GIT_COMMITTER_IDENT"], { reject: false })) !== "") return [];
  const name = process.env["GITHUB_ACTOR"] ?? process.env["GITLAB_USER_LOGIN"] ?? "slipway";
  return ["-c", `user.name=${name}`, "-c", `user.email=${name}@users.noreply.invalid`];
}

async function subjectOf(git: Git, commit: string): Promise<string> {
  return (await git(["log", "-1", "--format=%s", commit])).trim();
}

/** False when another push came first. @throws Failure for every other refusal. */
async function pushed(git: Git, { stack, remote }: Publication, commit: string): Promise<boolean> {
  try {
    await git(["push", "--quiet", remote, `${commit}:refs/heads/${branchOf(stack)}`]);
    return true;
  } catch (error) {
    if (error instanceof Failure && OVERTAKEN.test(error.message)) return false;
    throw error;
  }
}

const OVERTAKEN = /\[rejected\]|cannot lock ref|reference already exists|incorrect old value/;
