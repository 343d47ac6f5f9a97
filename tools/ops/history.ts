/** Command line of `npm run history`. */
import { parseArgs } from "node:util";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { type Environment } from "../lib/stack/environment.ts";
import { runCommand, tell } from "../lib/command.ts";
import { historyTable, joinHistory } from "./history-rows.ts";
import { withRegistry } from "./mlflow.ts";
import { type Promotion, promotionsOf } from "./promotions.ts";
import { readRecords } from "../lib/stack/records.ts";
import { asleepSince } from "../lib/stack/sleep-mark.ts";

const USAGE = `usage: npm run history -- --stack NAME [--json] [--context NAME]`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...STACK_OPTIONS, json: { type: "boolean" } } });
  const environment = await openEnvironment(values);
  const records = await readRecords(environment);
  const rows = joinHistory(records, await promotions(environment));
  if (values.json) tell(JSON.stringify(rows, null, 2));
  else
    tell(rows.length > 0 ? historyTable(rows) : `nothing was deployed to ${environment.stack} yet`);
});

/** Promotions by model; MLflow cannot be asked while the environment sleeps. */
async function promotions(environment: Environment): Promise<Map<string, Promotion[]>> {
  if ((await asleepSince(environment)) !== undefined) {
    process.stderr.write("asleep: model versions are those of the last deployments\n");
    return new Map();
  }
  return withRegistry(environment, async (registry) => {
    const models = await registry.models();
    const pairs = models.map(
      async ({ name }) => [name, promotionsOf(await registry.versions(name))] as const,
    );
    return new Map(await Promise.all(pairs));
  });
}
