/** Command line of `npm run backup`. */
import { parseArgs } from "node:util";
import { runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { openEnvironment, STACK_OPTIONS } from "./lib/stack/open-environment.ts";
import { backUpLocally } from "./local/backup.ts";
import { localBackup, LOCAL_OPTIONS } from "./local/backup-options.ts";
import { runTask } from "./ops/backup/job.ts";

const USAGE = `usage: npm run backup -- --stack NAME [--drill] [--context NAME]
       npm run backup -- [--data-dir DIR] [--to REPOSITORY]
Backs up what MLflow knows, with its models and artifacts: of a stack, to where slipway:backup says, or of an npm start.
  --drill          restore the stack's newest backup into a throwaway database instead, and ask it for predictions
  --context NAME   context of the kubeconfig, where the stack file names none
  --data-dir DIR   the data folder of that npm start, which may run (default .slipway)
  --to REPOSITORY  a folder, or what restic takes (default the data folder with -backups behind); RESTIC_PASSWORD encrypts it`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: { ...STACK_OPTIONS, ...LOCAL_OPTIONS, drill: { type: "boolean" } },
  });
  const { drill = false } = values;
  if (values.stack === undefined) {
    if (drill) throw new Failure("--drill is of a cluster: name its stack, e.g. --stack dev", 2);
    await backUpLocally(localBackup(values));
  } else {
    localBackup(values);
    await runTask(await openEnvironment(values), drill ? "restore-drill" : "backup");
  }
});
