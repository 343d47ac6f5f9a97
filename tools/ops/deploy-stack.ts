import { Failure, reasonOf } from "../local/failure.ts";
import { readStack } from "../render/stack-file.ts";
import { ROOT } from "../sandbox/paths.ts";
import { type Access, type PulumiCall, accessPulumi } from "./access.ts";
import { needReproducible, readCheckout } from "./checkout.ts";
import { tell } from "./command.ts";
import { isDeployed } from "./environment.ts";
import { predictAll } from "./predictions.ts";
import { livePins, needPassphrase, pulumiUp, Untouched } from "./pulumi-up.ts";
import { readRecords, record } from "./records.ts";
import { lastGood, restore } from "./restore.ts";

/** How to deploy. */
export interface DeployWish {
  /** Also with uncommitted changes, where the stack is protected. */
  dirty: boolean;
  /** Read the cluster's state first, and take back what others changed. */
  refresh: boolean;
}

/**
 * `pulumi up` and a prediction of each model; where one fails, the last good state is brought back and this fails.
 * Every outcome is recorded, but that of a run which changed nothing.
 */
export async function deployStack(access: Access, wish: DeployWish): Promise<void> {
  const { stack, configFile } = access;
  const checkout = await readCheckout();
  const strict = readStack(stack, configFile)["protect"] === true;
  needReproducible(checkout, { strict, dirty: wish.dirty });
  const call = await accessPulumi(access);
  await needPassphrase(call, configFile);

  const { sha } = checkout;
  const what = { event: "deploy", sha, dirty: checkout.changed.length > 0 } as const;
  let models: Record<string, string>;
  try {
    await pulumiUp(call, { cwd: ROOT, configFile, refresh: wish.refresh });
    models = await predictAll(access);
  } catch (error) {
    if (error instanceof Untouched) throw error;
    const reason = reasonOf(error);
    tell(`\nDEPLOYMENT OF ${sha.slice(0, 7)} TO ${stack} FAILED: ${reason}`);
    // Nothing ran before, and there may be nowhere to keep a record.
    if (!(await isDeployed(access))) throw error;
    const outcome = await bringBack(access, call, sha);
    await record(access, { ...what, result: "failed", note: `${reason}; ${outcome}` });
    throw new Failure(`${stack} was not deployed; ${outcome}`);
  }
  const images = await livePins(call, ROOT);
  await record(access, { ...what, result: "ok", images, models });
  tell(`${stack} runs ${sha.slice(0, 7)}`);
}

/** Says in words what runs now. */
async function bringBack(access: Access, call: PulumiCall, sha: string): Promise<string> {
  const good = lastGood(await readRecords(access), sha);
  if (good?.sha === undefined) {
    return "there is no earlier good deployment to bring back: what runs is what was half deployed";
  }
  const name = `${good.sha.slice(0, 7)}, which ran well from ${good.at}`;
  tell(`\nBRINGING BACK ${name}`);
  try {
    await restore(access, call, good);
    const models = await predictAll(access);
    await record(access, {
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
