/** Command line of `npm run restore`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { listBackups, restoreBackup, timeInUtc } from "./backup/restore-backup.ts";

const USAGE = `usage: npm run restore -- --stack NAME [OPTIONS]
Brings a backup of MLflow's database and its models and artifacts back. Predictions go on.
  --at TIME        the newest backup until then: 2026-11-26, '2026-11-26 02:30' (UTC), 2026-11-26T02:30:00+01:00
  --list           show what backups there are, and change nothing
  --yes            do not ask
  --force          suspend a training that runs; it begins anew afterwards
  --context NAME   context of the kubeconfig, where the stack file names none`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...STACK_OPTIONS,
      at: { type: "string" },
      list: { type: "boolean" },
      yes: { type: "boolean" },
      force: { type: "boolean" },
    },
  });
  const { list = false, yes = false, force = false } = values;
  const at = values.at === undefined ? undefined : timeInUtc(values.at);
  const environment = await openEnvironment(values);
  if (list) await listBackups(environment);
  else await restoreBackup(environment, { at, yes, force });
});
