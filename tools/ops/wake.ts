/** Command line of `npm run wake`. */
import { parseArgs } from "node:util";
import { accessStack, STACK_OPTIONS } from "./access.ts";
import { runCommand, tell } from "./command.ts";
import { predictAll } from "./predictions.ts";
import { record } from "./records.ts";
import { asleepSince } from "./sleep-mark.ts";
import { wakeEnvironment } from "./wake-environment.ts";

const USAGE = `usage: npm run wake -- --stack NAME [--context NAME]`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: STACK_OPTIONS });
  const access = await accessStack(values);
  const since = await asleepSince(access);
  await wakeEnvironment(access);
  tell(`${access.namespace} is awake; a prediction of each model:`);
  const models = await predictAll(access);
  if (since !== undefined) await record(access, { event: "wake", result: "ok", models });
});
