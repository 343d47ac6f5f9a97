/** Command line of `npm run preview`: what a deployment of a stack would change, as text for people. */
import { parseArgs } from "node:util";
import {
  type EnvironmentOptions,
  STACK_OPTIONS,
  openCluster,
} from "../lib/stack/open-environment.ts";
import { InvalidConfiguration } from "../lib/stack/read-stack.ts";
import { Failure } from "../lib/failure.ts";
import { readCheckout } from "../lib/stack/checkout.ts";
import { runCommand } from "../lib/command.ts";
import { publish } from "./forge.ts";
import { previewComment } from "./preview-comment.ts";
import { type Preview, readEvents } from "../lib/changes/preview-events.ts";
import { runPreview } from "./run-preview.ts";

const USAGE = "usage: npm run preview -- --stack NAME [--out FILE] [--context NAME]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...STACK_OPTIONS, out: { type: "string" } } });
  const { stack = "", out } = values;
  const preview = await previewStack(values);
  publish(previewComment(stack, (await readCheckout()).sha, preview), out);
  const broken = preview.violations.filter(({ level }) => level === "mandatory").length;
  if (broken > 0 || preview.errors.length > 0) {
    throw new Failure(
      `the preview of ${stack} failed: ${broken} broken policies, ${preview.errors.length} errors; see above`,
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
