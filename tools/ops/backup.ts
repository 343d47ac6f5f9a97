/** Command line of `npm run backup`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { runTask } from "./backup/job.ts";

const USAGE = `usage: npm run backup -- --stack NAME [OPTIONS]
Backs MLflow's database and its models and artifacts up now, to where slipway:backup says.
  --drill          restore the newest backup into a throwaway database instead, and ask it for predictions
  --context NAME   context of the kubeconfig, where the stack file names none`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { ...STACK_OPTIONS, drill: { type: "boolean" } } });
  const environment = await openEnvironment(values);
  await runTask(environment, values.drill === true ? "restore-drill" : "backup");
});
