/** Command line of `npm run sandbox`. */
import { parseArgs } from "node:util";
import { chooseCluster } from "./sandbox/choose-cluster.ts";
import { destroy } from "./sandbox/destroy.ts";
import { holdSandbox } from "./sandbox/hold.ts";
import { say } from "./lib/steps.ts";
import { buildCluster } from "./sandbox/from-source/source-cluster.ts";
import { status } from "./sandbox/status.ts";
import { up } from "./sandbox/up.ts";
import { explain } from "./lib/explain.ts";
import { Failure } from "./lib/failure.ts";

const USAGE = `usage: npm run sandbox -- [COMMAND] [OPTIONS]
  up                    the platform on a cluster, ending with a prediction (default)
  recreate              destroy, then up
  status                what runs, and where
  destroy               remove everything but the cache of builds; --keep-data stops it only
  cluster up            the cluster alone
  cluster down          stop the cluster, keep its data
  cluster build         build what a cluster from source is made of, and start nothing
  --engine NAME         pulumi or kubectl; by default pulumi where its CLI is installed
  --context NAME        use this cluster of your kubeconfig (asks first; --yes does not)`;

/** What the command line says besides the command. */
interface Options {
  context?: string;
  yes?: boolean;
  engine?: string;
  "keep-data"?: boolean;
  help?: boolean;
}

const COMMANDS: Record<string, (options: Options) => Promise<void>> = {
  up,
  recreate: async (options) => {
    await destroy({ wipe: options["keep-data"] !== true });
    await up(options);
  },
  status,
  destroy: (options) => destroy({ wipe: options["keep-data"] !== true }),
  "cluster up": async (options) => {
    await (await chooseCluster(options)).up();
    await status();
  },
  "cluster down": () => destroy({ wipe: false }),
  "cluster build": buildCluster,
};

/** What leaves the sandbox as it is. */
const LOOKS = ["status", "cluster build"];

async function main(): Promise<void> {
  const { name, options } = commandLine();
  const command = COMMANDS[name];
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (command === undefined) throw new Failure(`no command '${name}'\n${USAGE}`, 2);
  if (options.engine !== undefined && !["pulumi", "kubectl"].includes(options.engine)) {
    throw new Failure(`--engine '${options.engine}': use pulumi or kubectl`, 2);
  }
  if (LOOKS.includes(name)) await command(options);
  else await holdSandbox(`npm run sandbox -- ${name}`, () => command(options));
}

function commandLine(): { name: string; options: Options } {
  try {
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
    return { name: positionals.join(" ") || "up", options: values };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\n${USAGE}`, 2);
  }
}

// What was made stays: every step looks first at what is there.
process.once("SIGINT", () => {
  say("interrupted: `npm run sandbox` goes on from here, `npm run sandbox -- destroy` removes it");
  process.exit(130);
});

main().catch((error: unknown) => {
  say(explain(error));
  process.exitCode = error instanceof Failure ? error.exitCode : 1;
});
