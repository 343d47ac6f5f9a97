import { type PulumiCall, pulumiCall } from "../lib/stack/pulumi-call.ts";
import { Failure, reasonOf } from "../lib/failure.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { ROOT } from "../lib/paths.ts";
import { type Environment } from "../lib/stack/environment.ts";
import { needReproducible, readCheckout } from "../lib/stack/checkout.ts";
import { tell } from "../lib/tell.ts";
import { isDeployed } from "../lib/stack/environment.ts";
import { holdAwake } from "../lib/stack/hold-awake.ts";
import { needLoaded } from "../lib/stack/loaded-images.ts";
import { STACK as SANDBOX } from "../lib/stack/sandbox.ts";
import { predictAll } from "../lib/stack/predictions.ts";
import { livePins, needPassphrase, pulumiUp, Untouched } from "../lib/stack/pulumi-up.ts";
import { readRecords } from "../lib/stack/history.ts";
import { record } from "../lib/stack/records.ts";
import { evaluateFile, type Evaluation } from "../lib/program/evaluate.ts";
import { placesOf, wantedMlflow } from "./move/places.ts";
import { needMoved, withMlflowBack } from "./move/stand-still.ts";
import { lastGood, restore } from "./restore.ts";

/** How to deploy. */
export interface DeployOptions {
  /** Also with uncommitted changes, where the stack is protected. */
  dirty: boolean;
  /** Read the cluster's state first, and take back what others changed. */
  refresh: boolean;
  /** Also where MLflow is to have another database or store, without what the old one has. */
  leaveData: boolean;
  /** URNs of what is made anew, though the program has it as it was. @default nothing */
  replace?: readonly string[];
}

/**
 * `pulumi up` and a prediction of each model; where one fails, the last good state is brought back and this fails.
 * Every outcome is recorded, but that of a run which changed nothing.
 */
export async function deployStack(environment: Environment, options: DeployOptions): Promise<void> {
  await holdAwake(environment, () => deployHeld(environment, options));
}

async function deployHeld(environment: Environment, options: DeployOptions): Promise<void> {
  const { stack, configFile } = environment;
  const checkout = await readCheckout();
  const { protect: strict } = readStack(stack, configFile);
  needReproducible(checkout, { strict, dirty: options.dirty });
  const call = await pulumiCall(environment);
  needPassphrase(call, configFile);
  const wanted = await evaluateFile(stack, configFile);
  if (!options.leaveData) await needMoved(environment, placesOf(wantedMlflow(wanted)));
  // Of other stacks `up` builds what is missing.
  if (stack === SANDBOX) {
    const remedy = "`npm run sandbox` builds and loads what this commit needs; a pin is not built";
    await needLoaded(environment, imagesOf(wanted), `${remedy}: remove it`);
  }

  const { sha } = checkout;
  const what = { event: "deploy", sha, dirty: checkout.changed.length > 0 } as const;
  let models: Record<string, string>;
  try {
    await withMlflowBack(environment, () =>
      pulumiUp(call, {
        ...{ cwd: ROOT, configFile, refresh: options.refresh },
        replace: options.replace ?? [],
      }),
    );
    await needThere(environment);
    models = await predictAll(environment);
  } catch (error) {
    if (error instanceof Untouched) throw error;
    const reason = reasonOf(error);
    tell(`\nDEPLOYMENT OF ${sha.slice(0, 7)} TO ${stack} FAILED: ${reason}`);
    // Nothing ran before, and there may be nowhere to keep a record.
    if (!(await isDeployed(environment))) throw error;
    const outcome = await bringBack(environment, call, sha);
    await record(environment, { ...what, result: "failed", note: `${reason}; ${outcome}` });
    throw new Failure(`${stack} was not deployed; ${outcome}`);
  }
  const images = await livePins(call, ROOT);
  await record(environment, { ...what, result: "ok", images, models });
  tell(`${stack} runs ${sha.slice(0, 7)}`);
}

/** The engine goes by its state, and sees nothing of what a person deleted. */
async function needThere(environment: Environment): Promise<void> {
  if (await isDeployed(environment)) return;
  const { namespace, stack } = environment;
  throw new Failure(
    `namespace ${namespace} is not in the cluster, though Pulumi's state has it: deleted by hand? ` +
      `\`npm run deploy -- --stack ${stack} --recover\` makes all of it anew, then \`npm run restore -- --stack ${stack}\` brings the data back`,
  );
}

/** The product's own images. */
function imagesOf({ resources }: Evaluation): string[] {
  const images = resources.filter(({ type }) => type === "slipway:platform:Image");
  return images.map(({ inputs }) => String(inputs["reference"]));
}

/** Says in words what runs now. */
async function bringBack(environment: Environment, call: PulumiCall, sha: string): Promise<string> {
  const good = lastGood(await readRecords(environment), sha);
  if (good?.sha === undefined) {
    return "there is no earlier good deployment to bring back: what runs is what was half deployed";
  }
  const name = `${good.sha.slice(0, 7)}, which ran well from ${good.at}`;
  tell(`\nBRINGING BACK ${name}`);
  try {
    await restore(environment, call, good);
    const models = await predictAll(environment);
    await record(environment, {
      event: "rollback",
      result: "ok",
      sha: good.sha,
      ...(good.images ? { images: good.images } : {}),
      models,
      note: `brought back after ${sha.slice(0, 7)} failed`,
    });
    return `${name}, is back`;
  } catch (error) {
    return `and bringing back ${name}, failed too: ${reasonOf(error)}; docs/runbooks/roll-back-a-stack.md`;
  }
}
