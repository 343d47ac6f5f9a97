import { execa } from "execa";
import type { PulumiCall } from "../lib/stack/pulumi-call.ts";

interface State {
  deployment?: { resources?: { urn: string; type: string; inputs?: { targetImage?: unknown } }[] };
}

/**
 * The branch whose images a stack runs, or undefined before its first deployment. A preview asks for it:
 * the branch of a pull request is deployed nowhere, so its name must not look like a change.
 */
export async function deployedBranch(call: PulumiCall, cwd: string): Promise<string | undefined> {
  const options = { cwd, env: call.env, reject: false, maxBuffer: 2 ** 28 } as const;
  const exported = await execa(options)`${call.command} stack export ${call.stack}`;
  return exported.failed ? undefined : branchIn(JSON.parse(exported.stdout) as State);
}

/** The tag that the stack's images have for their branch. */
export function branchIn({ deployment }: State): string | undefined {
  const tag = deployment?.resources?.find(
    ({ type, urn }) => type === "docker:index/tag:Tag" && urn.endsWith("-branch"),
  );
  const target = tag?.inputs?.targetImage;
  return typeof target === "string" ? target.slice(target.lastIndexOf(":") + 1) : undefined;
}
