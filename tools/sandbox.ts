/** Command line of `npm run sandbox`. */
import { parseArgs } from "node:util";
import { chooseCluster } from "./sandbox/choose-cluster.ts";
import { destroy } from "./sandbox/destroy.ts";
import { say } from "./sandbox/progress.ts";
import { status } from "./sandbox/status.ts";
import { up } from "./sandbox/up.ts";
import { explain } from "./lib/explain.ts";
import { Failure } from "./local/failure.ts";

const USAGE = `usage: npm run sandbox -- [COMMAND] [OPTIONS]
  up                    the platform on a cluster, ending with a prediction (default)
  recreate              destroy, then up
  status                what runs, and where
  destroy               remove everything but the cache of builds; --keep-data stops it only
  cluster up            the cluster alone
  cluster down          stop the cluster, keep its data
  --engine NAME         pulumi or kubectl; by default pulumi where its CLI is installed
  --context NAME        use this cluster of your kubeconfig (asks first; --yes does not)`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    context: { type: "string" },
    yes: { type: "boolean" },
    engine: { type: "string" },
    "keep-data": { type: "boolean" },
    help: { type: "boolean" },
  },
});

const COMMANDS: Record<string, () => Promise<void>> = {
  up: () => up(values),
  recreate: async () => {
    await destroy({ wipe: values["keep-data"] !== true });
    await up(values);
  },
  status,
  destroy: () => destroy({ wipe: values["keep-data"] !== true }),
  "cluster up": async () => {
    await (await chooseCluster(values)).up();
    await status();
  },
  "cluster down": () => destroy({ wipe: false }),
};

async function main(): Promise<void> {
  const command = COMMANDS[positionals.join(" ") || "up"];
  if (command === undefined || values.help) throw new Failure(USAGE);
  await command();
}

main().catch((error: unknown) => {
  say(explain(error));
  process.exitCode = error instanceof Failure ? error.exitCode : 1;
});
