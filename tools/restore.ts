/** Command line of `npm run restore`. */
import { parseArgs } from "node:util";
import { runCommand } from "./lib/command.ts";
import { openEnvironment, STACK_OPTIONS } from "./lib/stack/open-environment.ts";
import { timeInUtc } from "./lib/utc.ts";
import { listLocally, restoreLocally } from "./local/backup.ts";
import { localBackup, LOCAL_OPTIONS } from "./local/backup-options.ts";
import { listBackups, restoreBackup } from "./ops/backup/restore-backup.ts";

const USAGE = `usage: npm run restore -- --stack NAME [OPTIONS]
       npm run restore -- [--data-dir DIR] [--to REPOSITORY] [--at TIME] [--list]
Brings back what MLflow knew, with its models and artifacts: of a stack, whose predictions go on, or of an npm start that is stopped.
  --at TIME        as it was then, where slipway:backup.pointInTime keeps every change, else the newest backup until then:
                   2026-11-26, '2026-11-26 02:30' (UTC), 2026-11-26T02:30:00+01:00
  --from-backup    the newest backup until then in any case
  --list           show what backups there are, and change nothing
  --yes            do not ask
  --force          suspend a training that runs; it begins anew afterwards
  --context NAME   context of the kubeconfig, where the stack file names none
  --data-dir DIR   the data folder of that npm start (default .slipway)
  --to REPOSITORY  where npm run backup kept it (default the data folder with -backups behind)`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...STACK_OPTIONS,
      ...LOCAL_OPTIONS,
      at: { type: "string" },
      list: { type: "boolean" },
      yes: { type: "boolean" },
      force: { type: "boolean" },
      "from-backup": { type: "boolean" },
    },
  });
  const { list = false, yes = false, force = false, "from-backup": fromBackup = false } = values;
  const at = values.at === undefined ? undefined : timeInUtc(values.at);
  const local = localBackup(values);
  if (values.stack === undefined) {
    await (list ? listLocally(local) : restoreLocally(local, at));
    return;
  }
  const environment = await openEnvironment(values);
  await (list
    ? listBackups(environment)
    : restoreBackup(environment, { at, yes, force, fromBackup }));
});
