/** Command line of `npm run sleep`. */
import { parseArgs } from "node:util";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { record } from "../lib/stack/records.ts";
import { sleepEnvironment } from "../lib/stack/sleep-environment.ts";

const USAGE = `usage: npm run sleep -- --stack NAME [--context NAME] [--force]
  --force   suspend a training that runs; it begins anew after waking`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...STACK_OPTIONS, force: { type: "boolean" } } });
  const environment = await openEnvironment(values);
  const changed = await sleepEnvironment(environment, values.force ?? false);
  if (changed) await record(environment, { event: "sleep", result: "ok" });
  tell(
    changed
      ? `${environment.namespace} is asleep; \`npm run wake -- --stack ${environment.stack}\` brings it back`
      : `${environment.namespace} was asleep already`,
  );
});
