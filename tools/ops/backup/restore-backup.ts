import { tell } from "../../lib/tell.ts";
import { confirm } from "../../lib/confirm.ts";
import { Failure } from "../../lib/failure.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import { holdAwake } from "../../lib/stack/hold-awake.ts";
import { needAwake } from "../../lib/stack/sleep-mark.ts";
import { lateInWords, notReadyAfter } from "../../lib/stack/wake-environment.ts";
import { mlflowWorkload, scaleUp, stopMlflow } from "../move/stand-still.ts";
import { goBackTo, listOnly } from "./pods.ts";
import { type BackupTask, keepsChanges, runTask } from "./job.ts";

/** How to restore. */
export interface RestoreOptions {
  /** A moment, `YYYY-MM-DD HH:MM:SS` in UTC. @default the newest backup */
  at?: string | undefined;
  /** Take the newest backup until then, also where every change is kept. */
  fromBackup: boolean;
  /** Do not ask. */
  yes: boolean;
  /** Suspend a training that runs. */
  force: boolean;
}

/**
 * Brings a backup back into the stack's database and object store, while MLflow stands still. Predictions go on.
 *
 * @throws Failure where it does not end well; the database is then as it was.
 */
export async function restoreBackup(
  environment: Environment,
  { at, yes, force, fromBackup }: RestoreOptions,
): Promise<void> {
  const { stack, context } = environment;
  await needAwake(environment);
  const toMoment = at !== undefined && !fromBackup && (await keepsChanges(environment));
  const until = at === undefined ? "the newest backup" : `the newest backup until ${at} UTC`;
  const which = toMoment ? `what it knew at ${at} UTC` : until;
  if (!yes) {
    tell(
      `What MLflow of ${stack} knows now is replaced by ${which}; objects of the store that are newer stay.`,
    );
    await confirm(`MLflow stands still meanwhile, predictions go on. Restore on ${context}?`);
  } else tell(`Restoring ${which}`);
  const task = toMoment ? "restore-moment" : "restore";
  await holdAwake(environment, () => restoreHeld(environment, task, { at, force }));
}

/** The restore itself, while nothing falls asleep. */
async function restoreHeld(
  environment: Environment,
  task: BackupTask,
  { at = "", force }: Pick<RestoreOptions, "at" | "force">,
): Promise<void> {
  try {
    await stopMlflow(environment, force);
    await runTask(environment, task, (pod) => {
      goBackTo(pod, at);
    });
  } finally {
    await scaleUp(environment);
  }
  const late = await notReadyAfter(environment, [await mlflowWorkload(environment)]);
  if (late.length > 0) throw new Failure(lateInWords(environment, late));
  tell("MLflow runs again, and prediction APIs follow its aliases");
}

/** Shows what backups there are, and between which moments every change is kept. */
export async function listBackups(environment: Environment): Promise<void> {
  const task = (await keepsChanges(environment)) ? "restore-moment" : "restore";
  await runTask(environment, task, listOnly);
}
