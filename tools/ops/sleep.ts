/** Command line of `npm run sleep`. */
import { parseArgs } from "node:util";
import { accessStack, STACK_OPTIONS } from "./access.ts";
import { runCommand, tell } from "./command.ts";
import { record } from "./records.ts";
import { sleepEnvironment } from "./sleep-environment.ts";

const USAGE = `usage: npm run sleep -- --stack NAME [--context NAME] [--force]
  --force   suspend a training that runs; it begins anew after waking`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...STACK_OPTIONS, force: { type: "boolean" } } });
  const access = await accessStack(values);
  const changed = await sleepEnvironment(access, values.force ?? false);
  if (changed) await record(access, { event: "sleep", result: "ok" });
  tell(
    changed
      ? `${access.namespace} is asleep; \`npm run wake -- --stack ${access.stack}\` brings it back`
      : `${access.namespace} was asleep already`,
  );
});
