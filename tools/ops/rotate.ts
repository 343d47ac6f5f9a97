/** Command line of `npm run rotate`. */
import { parseArgs } from "node:util";
import { planText } from "../lib/changes/words.ts";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { confirm, needPerson } from "../lib/confirm.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { needPassphrase, pulumiPreview } from "../lib/stack/pulumi-up.ts";
import { asleepSince } from "../lib/stack/sleep-mark.ts";
import { deployStack } from "./deploy-stack.ts";
import { chosen, generatedSecrets, unprotected } from "./generated-secrets.ts";

const USAGE = `usage: npm run rotate -- --stack NAME (--secret NAME… | --all) [--yes] [--dirty] [--context NAME]
Generates passwords of a stack anew, and deploys: what reads one restarts, predictions go on.
  --secret NAME    one of them, e.g. postgres-mlflow; may be repeated
  --all            every one of them, but the key of backups
  --yes            do not show a preview and ask
  --dirty          also with uncommitted changes, where the stack is protected
  --context NAME   context of the kubeconfig, where the stack file names none`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...STACK_OPTIONS,
      secret: { type: "string", multiple: true, default: [] },
      all: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      dirty: { type: "boolean", default: false },
    },
  });
  const { secret: names, all, yes, dirty } = values;
  const environment = await openEnvironment(values);
  const { stack, configFile, namespace, context } = environment;
  const asleep = await asleepSince(environment);
  if (asleep !== undefined) {
    throw new Failure(
      `${namespace} has been asleep since ${asleep}, and passwords are given to servers that run: \`npm run wake -- --stack ${stack}\` first`,
    );
  }
  const call = await pulumiCall(environment);
  needPassphrase(call, configFile);
  const known = await generatedSecrets(call);
  if (all === names.length > 0) {
    const there = known.map(({ name }) => name).join(", ");
    throw new Failure(
      `name what to rotate by --secret, or --all; ${stack} has ${there}\n${USAGE}`,
      2,
    );
  }
  const secrets = chosen(known, names);
  const replace = secrets.map(({ urn }) => urn);
  tell(`to be made anew: ${secrets.map(({ name }) => name).join(", ")}`);
  if (!yes) needPerson();
  // A preview refuses to replace what is protected, as `up` does.
  await unprotected(call, secrets, async () => {
    if (!yes) {
      tell(planText(await pulumiPreview(call, ROOT, replace)));
      await confirm(`Do this in ${context}?`);
    }
    await deployStack(environment, { dirty, refresh: false, leaveData: false, replace });
  });
});
