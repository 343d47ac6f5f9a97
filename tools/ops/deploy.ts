/** Command line of `npm run deploy`. */
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { planText } from "../lib/changes/words.ts";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { openCluster, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { type Environment } from "../lib/stack/environment.ts";
import { runCommand, tell } from "../lib/command.ts";
import { deployStack } from "./deploy-stack.ts";
import { isDeployed } from "../lib/stack/environment.ts";
import { pulumiPreview } from "../lib/stack/pulumi-up.ts";
import { record } from "../lib/stack/records.ts";
import { recover } from "../lib/stack/recover.ts";
import { sleepEnvironment } from "../lib/stack/sleep-environment.ts";
import { asleepSince } from "../lib/stack/sleep-mark.ts";
import { lateInWords, wakeEnvironment } from "../lib/stack/wake-environment.ts";

const USAGE = `usage: npm run deploy -- --stack NAME [OPTIONS]
  --yes            do not show a preview and ask
  --wake           wake an environment that sleeps, deploy, and put it to sleep again
  --refresh        read the cluster's state first, and take back what somebody changed by hand
  --recover        go on after an \`up\` that was killed: remove its lock, and read what came of it
  --dirty          deploy to a protected stack what git cannot bring back
  --context NAME   context of the kubeconfig, where the stack file names none`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...STACK_OPTIONS,
      yes: { type: "boolean" },
      wake: { type: "boolean" },
      refresh: { type: "boolean" },
      recover: { type: "boolean" },
      dirty: { type: "boolean" },
    },
  });
  const environment = await openCluster(values);
  const asleep = (await isDeployed(environment)) ? await asleepSince(environment) : undefined;
  if (asleep !== undefined && !values.wake) {
    throw new Failure(
      `${environment.namespace} has been asleep since ${asleep}: add --wake to wake it, deploy, and put it to sleep again, ` +
        `or \`npm run wake -- --stack ${environment.stack}\` first`,
    );
  }
  if (values.recover) await recover(environment, await pulumiCall(environment));
  if (!values.yes) await confirm(environment);
  const options = { dirty: values.dirty ?? false, refresh: values.refresh ?? false };
  if (asleep === undefined) await deployStack(environment, options);
  else await awake(environment, () => deployStack(environment, options));
});

async function confirm(environment: Environment): Promise<void> {
  if (!process.stdin.isTTY) throw new Failure("nobody can be asked here: add --yes", 2);
  tell(planText(await pulumiPreview(await pulumiCall(environment), ROOT)));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Deploy this to ${environment.context}? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer)) throw new Failure("nothing was changed");
}

/** Asleep again afterwards, also after a failure. */
async function awake(environment: Environment, work: () => Promise<void>): Promise<void> {
  try {
    const late = await wakeEnvironment(environment);
    // The deployment may be what mends it.
    if (late.length > 0) tell(lateInWords(environment, late));
    await work();
  } finally {
    await sleepEnvironment(environment, true);
    await record(environment, { event: "sleep", result: "ok", note: "after a deployment" });
    tell(`${environment.namespace} is asleep again`);
  }
}
