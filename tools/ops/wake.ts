/** Command line of `npm run wake`. */
import { parseArgs } from "node:util";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { Failure } from "../lib/failure.ts";
import { predictAll } from "../lib/stack/predictions.ts";
import { record } from "../lib/stack/records.ts";
import { asleepSince } from "../lib/stack/sleep-mark.ts";
import { lateInWords, wakeEnvironment } from "../lib/stack/wake-environment.ts";

const USAGE = `usage: npm run wake -- --stack NAME [--context NAME]`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: STACK_OPTIONS });
  const environment = await openEnvironment(values);
  const since = await asleepSince(environment);
  const late = await wakeEnvironment(environment);
  if (late.length > 0) {
    const note = `not ready: ${late.join(", ")}`;
    if (since !== undefined) await record(environment, { event: "wake", result: "failed", note });
    throw new Failure(lateInWords(environment, late));
  }
  tell(`${environment.namespace} is awake; a prediction of each model:`);
  const models = await predictAll(environment);
  if (since !== undefined) await record(environment, { event: "wake", result: "ok", models });
});
