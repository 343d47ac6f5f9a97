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
import { Refusal, compareWith } from "./compare-commits.ts";
import { fenced, previewComment } from "./preview-comment.ts";
import { type Preview, readEvents } from "../lib/changes/preview-events.ts";
import { runPreview } from "./run-preview.ts";

const USAGE = `usage: npm run preview -- --stack NAME [--out FILE] [--context NAME] [--against REF]
  --against REF    compare with what that commit describes: needs no state, no cluster and no secret`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: { ...STACK_OPTIONS, out: { type: "string" }, against: { type: "string" } },
  });
  const { stack, out, against, context } = values;
  if (stack === undefined) throw new Failure("--stack is needed, e.g. --stack dev", 2);
  if (against !== undefined && context !== undefined) {
    throw new Failure("--against asks no cluster: leave --context out", 2);
  }
  const { preview, foot } =
    against === undefined ? await ofEngine(values) : await ofProgram(stack, against);
  publish(previewComment(stack, (await readCheckout()).sha, preview, foot), out);
  const broken = preview.violations.filter(({ level }) => level === "mandatory").length;
  if (broken > 0 || preview.errors.length > 0) {
    throw new Failure(
      `the preview of ${stack} failed: ${broken} broken policies, ${preview.errors.length} errors; see above`,
    );
  }
});

/** A preview, and how it was made. */
interface Made {
  preview: Preview;
  foot: string[];
}

async function ofEngine(options: EnvironmentOptions): Promise<Made> {
  const { stack = "" } = options;
  const preview = await orRefusal(async () => runPreview(await openCluster(options)));
  const foot = `Made by \`npm run preview -- --stack ${stack}\`; it shows the same on any machine with access.`;
  return { preview, foot: [foot] };
}

async function ofProgram(stack: string, against: string): Promise<Made> {
  const made = `Made by \`npm run preview -- --stack ${stack} --against`;
  let foot = [`${made} ${against}\`.`];
  const preview = await orRefusal(async () => {
    const { preview, sha, unknown } = await compareWith(against, stack);
    const commit = sha.slice(0, 7);
    foot = [
      `${made} ${commit}\`, from what the program describes at both commits: neither the state nor the cluster was asked. ` +
        "What only they know (drift, values of secrets) is in the plan of the deployment.",
      ...(unknown === undefined
        ? []
        : ["", `At \`${commit}\` the program fails, so all of it counts as new:`, fenced(unknown)]),
    ];
    return preview;
  });
  return { preview, foot };
}

/** A stack file that the program refuses makes a comment too: it is what the pull request needs to read. */
async function orRefusal(preview: () => Promise<Preview>): Promise<Preview> {
  try {
    return await preview();
  } catch (error) {
    if (!(error instanceof InvalidConfiguration) && !(error instanceof Refusal)) throw error;
    return { ...readEvents(""), errors: [error.message] };
  }
}
