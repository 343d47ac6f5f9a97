/** Command line of `npm run deploy`. */
import { parseArgs } from "node:util";
import { planText } from "../lib/changes/words.ts";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { openCluster, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { confirm, needPerson } from "../lib/confirm.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { type Environment } from "../lib/stack/environment.ts";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { adopt, findRemains, namesOf } from "./adopt.ts";
import { deployStack } from "./deploy-stack.ts";
import { isDeployed } from "../lib/stack/environment.ts";
import { needPassphrase, pulumiPreview } from "../lib/stack/pulumi-up.ts";
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
  --adopt          take into the state what an earlier deployment of this stack left in the cluster, first
  --leave-data     give MLflow another database or store without what the old one has (else: npm run move)
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
      adopt: { type: "boolean" },
      "leave-data": { type: "boolean" },
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
  if (values.adopt) await adoptRemains(environment, values.yes ?? false);
  if (!values.yes) await showPlan(environment);
  const { dirty = false, refresh = false, "leave-data": leaveData = false } = values;
  const options = { dirty, refresh, leaveData };
  if (asleep === undefined) await deployStack(environment, options);
  else await awake(environment, () => deployStack(environment, options));
});

async function adoptRemains(environment: Environment, yes: boolean): Promise<void> {
  const call = await pulumiCall(environment);
  needPassphrase(call, environment.configFile);
  const remains = await findRemains(environment, call);
  if (remains.found.length === 0) {
    tell(`the state of ${environment.stack} knows all that is in the cluster: nothing to adopt`);
    return;
  }
  tell(
    `left by an earlier deployment:\n${namesOf(remains)
      .map((name) => `  ${name}`)
      .join("\n")}`,
  );
  if (!yes) await confirm(`Take them into the state of ${environment.stack}?`);
  await adopt(call, remains);
}

async function showPlan(environment: Environment): Promise<void> {
  needPerson();
  tell(planText(await pulumiPreview(await pulumiCall(environment), ROOT)));
  await confirm(`Deploy this to ${environment.context}?`);
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
