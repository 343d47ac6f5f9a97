import { execa } from "execa";
import { ROOT } from "../lib/paths.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { WITH_POLICIES } from "../lib/stack/pulumi-up.ts";
import { deployedBranch } from "./deployed-branch.ts";
import { type Preview, readEvents } from "../lib/changes/preview-events.ts";
import { withRemedy } from "./remedies.ts";

/**
 * What `pulumi preview` says of a stack, with the policy pack; a failed one is told by its errors.
 *
 * @param flags further ones, e.g. `--refresh`.
 */
export async function runPreview(environment: Environment, ...flags: string[]): Promise<Preview> {
  const pulumi = await pulumiCall(environment);
  const SLIPWAY_BRANCH = await deployedBranch(pulumi, ROOT);
  const { failed, stdout, stderr } = await execa({
    cwd: ROOT,
    reject: false,
    stdin: "ignore",
    maxBuffer: 2 ** 28,
    env: { ...pulumi.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true", SLIPWAY_BRANCH },
  })`${pulumi.command} preview --json ${flags} ${WITH_POLICIES} ${pulumi.stack} ${pulumi.config}`;
  const preview = readEvents(stdout);
  if (failed && preview.errors.length === 0 && preview.violations.length === 0) {
    preview.errors.push(withRemedy(stderr.trim() || stdout.trim().slice(-2000)));
  }
  preview.errors = preview.errors.map(withRemedy);
  return preview;
}
