/** Command line of `npm run deploy`. */
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { Failure } from "../local/failure.ts";
import { ROOT } from "../sandbox/paths.ts";
import { type Access, accessCluster, accessPulumi, STACK_OPTIONS } from "./access.ts";
import { runCommand, tell } from "./command.ts";
import { deployStack } from "./deploy-stack.ts";
import { isDeployed } from "./environment.ts";
import { pulumiPreview } from "./pulumi-up.ts";
import { record } from "./records.ts";
import { sleepEnvironment } from "./sleep-environment.ts";
import { asleepSince } from "./sleep-mark.ts";
import { wakeEnvironment } from "./wake-environment.ts";

const USAGE = `usage: npm run deploy -- --stack NAME [OPTIONS]
  --yes            do not show a preview and ask
  --wake           wake an environment that sleeps, deploy, and put it to sleep again
  --refresh        read the cluster's state first, and take back what somebody changed by hand
  --dirty          deploy to a protected stack what git cannot bring back
  --context NAME   context of the kubeconfig, where the stack file names none`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...STACK_OPTIONS,
      yes: { type: "boolean" },
      wake: { type: "boolean" },
      refresh: { type: "boolean" },
      dirty: { type: "boolean" },
    },
  });
  const access = await accessCluster(values);
  const asleep = (await isDeployed(access)) ? await asleepSince(access) : undefined;
  if (asleep !== undefined && !values.wake) {
    throw new Failure(
      `${access.namespace} has been asleep since ${asleep}: add --wake to wake it, deploy, and put it to sleep again, ` +
        `or \`npm run wake -- --stack ${access.stack}\` first`,
    );
  }
  if (!values.yes) await confirm(access);
  const wish = { dirty: values.dirty ?? false, refresh: values.refresh ?? false };
  if (asleep === undefined) await deployStack(access, wish);
  else await awake(access, () => deployStack(access, wish));
});

async function confirm(access: Access): Promise<void> {
  if (!process.stdin.isTTY) throw new Failure("nobody can be asked here: add --yes", 2);
  await pulumiPreview(await accessPulumi(access), ROOT);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Deploy this to ${access.context}? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer)) throw new Failure("nothing was changed");
}

/** Asleep again afterwards, also after a failure. */
async function awake(access: Access, work: () => Promise<void>): Promise<void> {
  await wakeEnvironment(access);
  try {
    await work();
  } finally {
    await sleepEnvironment(access, true);
    await record(access, { event: "sleep", result: "ok", note: "after a deployment" });
    tell(`${access.namespace} is asleep again`);
  }
}
