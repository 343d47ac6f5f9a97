import { tell } from "../../lib/command.ts";
import { confirm } from "../../lib/confirm.ts";
import { Failure } from "../../lib/failure.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import { needAwake } from "../../lib/stack/sleep-mark.ts";
import { lateInWords, notReadyAfter } from "../../lib/stack/wake-environment.ts";
import { listWorkloads } from "../../lib/stack/workloads.ts";
import { scaleUp, stopMlflow } from "../move/stand-still.ts";
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

/** A time that a person wrote, in UTC as restic's list has it. @throws Failure where it is none. */
export function timeInUtc(text: string): string {
  const day = /^(\d{4}-\d{2}-\d{2})$/.exec(text)?.[1];
  const minute = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?$/.exec(text);
  const iso =
    day !== undefined
      ? `${day}T23:59:59Z`
      : minute
        ? `${minute[1] ?? ""}T${minute[2] ?? ""}${minute[3] ?? ":59"}Z`
        : text;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(iso);
  const time = new Date(iso);
  if (!zoned || Number.isNaN(time.getTime())) {
    throw new Failure(
      `--at ${text} is not a time: write 2026-11-26, '2026-11-26 02:30' (UTC) or 2026-11-26T02:30:00+01:00`,
      2,
    );
  }
  return time.toISOString().slice(0, 19).replace("T", " ");
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
  const mlflow = await listWorkloads(environment, "Deployment");
  const late = await notReadyAfter(
    environment,
    mlflow.filter(({ metadata }) => metadata.name === "mlflow"),
  );
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
