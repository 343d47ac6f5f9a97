/** Command line of `npm run check:model`: says what training would take a YAML and its data for, and trains nothing. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { dataEnv } from "../lib/data-env.ts";
import { Failure } from "../lib/failure.ts";
import { runTraining } from "../lib/training-command.ts";

const USAGE = `usage: npm run check:model -- MODEL.yaml ...`;

await runCommand(USAGE, async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length === 0) throw new Failure(`name a YAML file\n${USAGE}`, 2);
  await runTraining(["check", "--", ...positionals], dataEnv(".slipway"));
});
