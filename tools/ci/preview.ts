/** Command line of `npm run preview`: what a deployment of a stack would change, as text for people. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import {
  type EnvironmentOptions,
  STACK_OPTIONS,
  openCluster,
} from "../lib/stack/open-environment.ts";
import { InvalidConfiguration } from "../lib/stack/read-stack.ts";
import { Failure } from "../lib/failure.ts";
import { type Environment } from "../lib/stack/environment.ts";
import { readCheckout } from "../lib/stack/checkout.ts";
import { WITH_POLICIES } from "../lib/stack/pulumi-up.ts";
import { ROOT } from "../lib/paths.ts";
import { withRemedy } from "./remedies.ts";
import { runCommand } from "../lib/command.ts";
import { summarize } from "./forge.ts";
import { deployedBranch } from "./deployed-branch.ts";
import { previewComment } from "./preview-comment.ts";
import { type Preview, readEvents } from "../lib/changes/preview-events.ts";

const USAGE = "usage: npm run preview -- --stack NAME [--out FILE] [--context NAME]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...STACK_OPTIONS, out: { type: "string" } } });
  const preview = await previewStack(values);
  const text = previewComment(values.stack ?? "", (await readCheckout()).sha, preview);
  process.stdout.write(`${text}\n`);
  if (values.out !== undefined) await writeFile(values.out, text);
  if (process.env["GITHUB_STEP_SUMMARY"]) summarize(text);
  const broken = preview.violations.filter(({ level }) => level === "mandatory").length;
  if (broken > 0 || preview.errors.length > 0) {
    throw new Failure(
      `the preview of ${values.stack ?? ""} failed: ${broken} broken policies, ${preview.errors.length} errors; see above`,
    );
  }
});

/** A stack file that the program refuses makes a comment too: it is what the pull request needs to read. */
async function previewStack(options: EnvironmentOptions): Promise<Preview> {
  try {
    return await runPreview(await openCluster(options));
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    return { ...readEvents(""), errors: [error.message] };
  }
}

async function runPreview(environment: Environment): Promise<Preview> {
  const pulumi = await pulumiCall(environment);
  const SLIPWAY_BRANCH = await deployedBranch(pulumi, ROOT);
  const { failed, stdout, stderr } = await execa({
    cwd: ROOT,
    reject: false,
    stdin: "ignore",
    maxBuffer: 2 ** 28,
    env: { ...pulumi.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true", SLIPWAY_BRANCH },
  })`${pulumi.command} preview --json ${WITH_POLICIES} ${pulumi.stack} ${pulumi.config}`;
  const preview = readEvents(stdout);
  if (failed && preview.errors.length === 0 && preview.violations.length === 0) {
    preview.errors.push(withRemedy(stderr.trim() || stdout.trim().slice(-2000)));
  }
  preview.errors = preview.errors.map(withRemedy);
  return preview;
}
