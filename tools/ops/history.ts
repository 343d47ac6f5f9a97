/** Command line of `npm run history`. */
import { parseArgs } from "node:util";
import { type Access, accessStack, STACK_OPTIONS } from "./access.ts";
import { runCommand, tell } from "./command.ts";
import { historyTable, joinHistory } from "./history-rows.ts";
import { withRegistry } from "./mlflow.ts";
import { type Promotion, promotionsOf } from "./promotions.ts";
import { readRecords } from "./records.ts";
import { asleepSince } from "./sleep-mark.ts";

const USAGE = `usage: npm run history -- --stack NAME [--json] [--context NAME]`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...STACK_OPTIONS, json: { type: "boolean" } } });
  const access = await accessStack(values);
  const records = await readRecords(access);
  const rows = joinHistory(records, await promotions(access));
  if (values.json) tell(JSON.stringify(rows, null, 2));
  else tell(rows.length > 0 ? historyTable(rows) : `nothing was deployed to ${access.stack} yet`);
});

/** Promotions by model; MLflow cannot be asked while the environment sleeps. */
async function promotions(access: Access): Promise<Map<string, Promotion[]>> {
  if ((await asleepSince(access)) !== undefined) {
    process.stderr.write("asleep: model versions are those of the last deployments\n");
    return new Map();
  }
  return withRegistry(access, async (registry) => {
    const models = await registry.models();
    const pairs = models.map(
      async ({ name }) => [name, promotionsOf(await registry.versions(name))] as const,
    );
    return new Map(await Promise.all(pairs));
  });
}
