/** Command line of `npm run drift`: what in the cluster is no longer as the deployed program made it. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { Failure } from "../lib/failure.ts";
import { readCheckout } from "../lib/stack/checkout.ts";
import { STACK_OPTIONS, openEnvironment } from "../lib/stack/open-environment.ts";
import { readRecords } from "../lib/stack/history.ts";
import { asleepSince } from "../lib/stack/sleep-mark.ts";
import { driftReport, markOf } from "./drift-report.ts";
import { Forge, publish } from "./forge.ts";
import { runPreview } from "./run-preview.ts";

const USAGE = "usage: npm run drift -- --stack NAME [--issue] [--out FILE] [--context NAME]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: { ...STACK_OPTIONS, issue: { type: "boolean" }, out: { type: "string" } },
  });
  const environment = await openEnvironment(values);
  const { stack } = environment;
  const since = await asleepSince(environment);
  if (since !== undefined) {
    process.stdout.write(`${stack} has been asleep since ${since}: looked at once it is awake\n`);
    return;
  }
  const forge = values.issue ? new Forge() : undefined;
  const deployed = (await readRecords(environment)).findLast(
    ({ event, result }) => event !== "sleep" && event !== "wake" && result === "ok",
  )?.sha;
  const preview = await runPreview(environment, "--refresh");
  const { sha } = await readCheckout();
  const text = driftReport(stack, { sha, deployed }, preview);
  publish(text, values.out);
  const { errors, changes } = preview;
  if (errors.length > 0) {
    throw new Failure(`whether ${stack} has drifted is not known: ${errors.join("\n")}`);
  }
  const drifted = changes.length > 0;
  const done = await forge?.issue(
    `${stack} has drifted`,
    markOf(stack),
    drifted ? text : undefined,
  );
  if (done) process.stderr.write(`issue of ${stack}: ${done}\n`);
  if (drifted) {
    const back = `\`npm run deploy -- --stack ${stack}\` brings it back`;
    throw new Failure(`${stack} has drifted in ${changes.length} resources: ${back}`);
  }
});
