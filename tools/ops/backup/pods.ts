import { Failure } from "../../lib/failure.ts";
import type { Job } from "../../lib/kubernetes.ts";

export type PodSpec = NonNullable<Job["spec"]["template"]["spec"]>;

/** Variables of a restore's steps that say which moment is meant, `YYYY-MM-DD HH:MM:SS` in UTC; empty: the newest. */
const MOMENT = ["AT", "SINCE"];

/** Has every step of a restore go back to a moment. */
export function goBackTo(pod: PodSpec, at: string): void {
  const variables = (pod.initContainers ?? []).flatMap(({ env = [] }) => env);
  for (const variable of variables) if (MOMENT.includes(variable.name)) variable.value = at;
}

/** Has the steps of a restore that fetch something list what there is, and leaves out all others. @throws Failure where none does. */
export function listOnly(pod: PodSpec): void {
  const listing = (pod.initContainers ?? []).flatMap((step) => {
    const { command = [] } = step;
    return command.at(-1) === "fetch"
      ? [{ ...step, command: [...command.slice(0, -1), "list"] }]
      : [];
  });
  if (listing.length === 0)
    throw new Failure("the restore's CronJob fetches nothing: deploy again");
  pod.containers = listing;
  delete pod.initContainers;
}
