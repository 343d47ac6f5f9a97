import { tell } from "../../lib/tell.ts";
import { confirm } from "../../lib/confirm.ts";
import { Failure } from "../../lib/failure.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import { holdAwake } from "../../lib/stack/hold-awake.ts";
import { needAwake } from "../../lib/stack/sleep-mark.ts";
import { lateInWords, notReadyAfter } from "../../lib/stack/wake-environment.ts";
import { mlflowWorkload, scaleUp, stopMlflow } from "../move/stand-still.ts";
import { runTask } from "./job.ts";

/** How to restore. */
export interface RestoreOptions {
  /** The newest backup that is as old, `YYYY-MM-DD HH:MM:SS` in UTC. @default the newest of all */
  at?: string | undefined;
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
  { at, yes, force }: RestoreOptions,
): Promise<void> {
  const { stack, context } = environment;
  await needAwake(environment);
  if (!yes) {
    const which = at === undefined ? "the newest backup" : `the newest backup until ${at} UTC`;
    tell(
      `What MLflow of ${stack} knows now is replaced by ${which}; objects of the store that are newer stay.`,
    );
    await confirm(`MLflow stands still meanwhile, predictions go on. Restore on ${context}?`);
  }
  await holdAwake(environment, () => restoreHeld(environment, { at, force }));
}

/** The restore itself, while nothing falls asleep. */
async function restoreHeld(
  environment: Environment,
  { at, force }: Pick<RestoreOptions, "at" | "force">,
): Promise<void> {
  try {
    await stopMlflow(environment, force);
    await runTask(environment, "restore", (pod) => {
      for (const { name, env = [] } of pod.initContainers ?? []) {
        const variable = env.find((one) => one.name === "AT");
        if (name === "repository" && variable) variable.value = at ?? "";
      }
    });
  } finally {
    await scaleUp(environment);
  }
  const late = await notReadyAfter(environment, [await mlflowWorkload(environment)]);
  if (late.length > 0) throw new Failure(lateInWords(environment, late));
  tell("MLflow runs again, and prediction APIs follow its aliases");
}

/** Shows what backups there are. */
export async function listBackups(environment: Environment): Promise<void> {
  await runTask(environment, "restore", (pod) => {
    const [repository] = pod.initContainers ?? [];
    if (repository === undefined)
      throw new Failure("the CronJob 'restore' has no step 'repository'");
    pod.containers = [
      { ...repository, command: [...(repository.command ?? []).slice(0, -1), "list"] },
    ];
    delete pod.initContainers;
  });
}
