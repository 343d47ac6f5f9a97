/** Command line of `npm run history`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { historyTable, joinHistory } from "./history-rows.ts";
import { openPlace, type Place, PLACE_OPTIONS, PLACE_USAGE } from "./place.ts";
import { type Promotion, promotionsOf } from "./promotions.ts";
import { readRecords } from "../lib/stack/history.ts";

const USAGE = `usage: npm run history -- [--stack NAME] [--json]
  --json             for programs
${PLACE_USAGE}`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...PLACE_OPTIONS, json: { type: "boolean" } } });
  const place = await openPlace(values);
  // An `npm start` deploys nothing: its history is that of its models.
  const records = place.environment === undefined ? [] : await readRecords(place.environment);
  const rows = joinHistory(records, await promotions(place));
  if (values.json) tell(JSON.stringify(rows, null, 2));
  else tell(rows.length > 0 ? historyTable(rows) : `nothing was deployed to ${place.name} yet`);
});

/** Promotions by model; MLflow cannot be asked while the environment sleeps. */
async function promotions(place: Place): Promise<Map<string, Promotion[]>> {
  if ((await place.asleepSince()) !== undefined) {
    process.stderr.write("asleep: model versions are those of the last deployments\n");
    return new Map();
  }
  return place.withRegistry(async (registry) => {
    const models = await registry.models();
    const pairs = models.map(
      async ({ name }) => [name, promotionsOf(await registry.versions(name))] as const,
    );
    return new Map(await Promise.all(pairs));
  });
}
