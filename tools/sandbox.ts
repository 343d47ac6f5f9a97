/** Command line of `npm run sandbox`. */
import { parseArgs } from "node:util";
import { ExecaError } from "execa";
import { clusterUp } from "./sandbox/cluster.ts";
import { say, SandboxError } from "./sandbox/progress.ts";
import { tearDown } from "./sandbox/teardown.ts";

const USAGE = `usage: npm run sandbox -- [cluster up | cluster down]`;

const COMMANDS: Record<string, () => Promise<void>> = {
  "cluster up": clusterUp,
  "cluster down": () => tearDown({ wipe: false }),
};

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const command = COMMANDS[positionals.join(" ")];
  if (command === undefined) throw new SandboxError(USAGE);
  await command();
}

main().catch((error: unknown) => {
  const expected = error instanceof SandboxError || error instanceof ExecaError;
  say(expected ? error.message : String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
});
