import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { brokenPolicies } from "./broken-policies.ts";
import { losses } from "../../components/lib/held-data.ts";
import { headOf } from "../../components/lib/git.ts";
import { compare, countOf } from "../lib/changes/compare.ts";
import { heldDataIn } from "../lib/changes/held-data-in.ts";
import type { Preview } from "../lib/changes/preview-events.ts";
import { Failure, reasonOf } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { type Evaluation, evaluate } from "../lib/program/evaluate.ts";
import { forPeople } from "../lib/program/manifests.ts";
import { atCommit } from "../lib/stack/other-commit.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { stackFile } from "../lib/stack/stack-file.ts";

/** What this checkout describes, held against another commit. */
export interface Comparison {
  preview: Preview;
  /** The commit that it was compared with. */
  sha: string;
  /** Why that commit says nothing: then everything counts as new. */
  unknown?: string;
}

/** What this checkout's program refuses: the comment is the place for it. */
export class Refusal extends Failure {}

const NOTHING: Evaluation = { resources: [], outputs: {} };

/**
 * What would change on a stack by going from `reference` to this checkout, by two evaluations of the program: no state, cluster
 * or secret is asked, so code that nobody has read may run here (docs/adr/0034-a-pull-request-gets-no-secret.md).
 *
 * @throws Refusal or InvalidConfiguration for what this checkout's program refuses; Failure where there is no such commit.
 */
export async function compareWith(reference: string, stack: string): Promise<Comparison> {
  const sha = await commitOf(reference);
  // A checkout beside this one is on no branch, and the name of the branch must not look like a change.
  const { branch } = headOf(ROOT);
  if (branch !== undefined) process.env["SLIPWAY_BRANCH"] = branch;
  // All problems of a stack file at once, in the words of every other command.
  const { allowDataLoss } = readStack(stack);
  const after = await evaluate(stack).catch(refused);
  const { before, unknown } = await atCommit(sha, "against", (folder) => earlier(folder, stack));
  const changes = compare(before, after);
  const touched = changes.filter(({ op }) => op !== "delete").length;
  const lost = losses(heldDataIn(before), heldDataIn(after), allowDataLoss);
  const preview: Preview = {
    changes,
    same: countOf(after) - touched,
    violations: await brokenPolicies(stack, after),
    errors: lost.map((why) => `the deployment would refuse this: ${why}`),
  };
  return { preview, sha, ...(unknown === undefined ? {} : { unknown }) };
}

/** By that commit's own program and its own reader of stack files; a program that is broken there is no fault of this commit. */
async function earlier(
  folder: string,
  stack: string,
): Promise<{ before: Evaluation; unknown?: string }> {
  if (!existsSync(stackFile(stack, folder))) return { before: NOTHING };
  const here = process.cwd();
  try {
    // The program names what it builds relative to where it runs.
    process.chdir(folder);
    const file = pathToFileURL(join(folder, "tools/lib/program/evaluate.ts")).href;
    const program = (await import(file)) as { evaluate: typeof evaluate };
    return { before: await program.evaluate(stack) };
  } catch (error) {
    return { before: NOTHING, unknown: reasonOf(error) };
  } finally {
    process.chdir(here);
  }
}

function refused(error: unknown): never {
  try {
    forPeople(error);
  } catch (known) {
    throw known instanceof Failure ? new Refusal(known.message, known.exitCode) : known;
  }
}

async function commitOf(reference: string): Promise<string> {
  const git = execa({ cwd: ROOT, reject: false });
  const found =
    await git`git rev-parse --verify --quiet --end-of-options ${`${reference}^{commit}`}`;
  if (!found.failed) return found.stdout.trim();
  throw new Failure(
    `--against ${reference}: this clone has no such commit; name a branch, a tag or a commit, or fetch it first: ` +
      "git fetch --unshallow (in CI: fetch-depth: 0)",
    2,
  );
}
