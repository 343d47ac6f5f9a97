import { setTimeout as pause } from "node:timers/promises";
import { tell } from "../tell.ts";
import type { Job } from "../kubernetes.ts";
import type { Environment } from "./environment.ts";

/** Seconds after which a Job that has said nothing is worth a look. */
const QUIET = 60;

/**
 * Shows what a Job says until it has ended; whether it ended well.
 *
 * @param containers whose lines are shown, in their order. @default the only one
 */
export async function followJob(
  { kubectl, namespace }: Environment,
  job: string,
  containers: readonly string[] = [""],
): Promise<boolean> {
  const start = Date.now();
  const shown = new Map<string, number>();
  let told = false;
  for (;;) {
    // The status first: what a Job that has ended said is whole then.
    const get = ["-n", namespace, "get", "job", job, "-o", "json"];
    const { status = {} } = JSON.parse((await kubectl(get)).stdout) as Pick<Job, "status">;
    for (const container of containers) {
      const only = container === "" ? [] : ["-c", container];
      const get = ["-n", namespace, "logs", `job/${job}`, ...only];
      const logs = await kubectl(get, { reject: false });
      const lines = logs.failed ? [] : logs.stdout.split("\n").filter(Boolean);
      const before = shown.get(container) ?? 0;
      for (const line of lines.slice(before)) tell(`  ${line}`);
      shown.set(container, Math.max(before, lines.length));
    }
    if ((status.succeeded ?? 0) > 0) return true;
    if ((status.failed ?? 0) > 0) return false;
    if (!told && Math.max(...shown.values()) === 0 && Date.now() - start > QUIET * 1000) {
      told = true;
      tell(`  it works, or waits for its pod: kubectl -n ${namespace} describe job/${job}`);
    }
    await pause(2000);
  }
}
