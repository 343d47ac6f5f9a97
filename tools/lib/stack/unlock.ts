import { hostname } from "node:os";
import { execa } from "execa";
import { Failure } from "../failure.ts";
import { ROOT } from "../paths.ts";
import { processInfo } from "../process-identity.ts";
import { tell } from "../tell.ts";
import type { PulumiCall } from "./pulumi-call.ts";

/** Who holds a state in files, as Pulumi's complaint says. */
const HOLDER = /created by \S+@(\S+) \(pid (\d+)\)/g;

/**
 * Removes the lock of an `up` that was killed. Pulumi itself asks nobody, so a process that lives is looked for first.
 *
 * @param said Pulumi's complaint of the lock. @throws Failure where the holder still runs on this machine.
 */
export async function unlock(
  { command, env, stack }: Pick<PulumiCall, "command" | "env" | "stack">,
  said: string,
): Promise<void> {
  const holders = [...said.matchAll(HOLDER)];
  const alive = holders.find(
    ([, host, pid]) => host === hostname() && processInfo(Number(pid)) !== undefined,
  );
  if (alive) {
    throw new Failure(
      `the stack is locked by a run of Pulumi, ${alive[0]}: it still runs, so wait for it, or end it first`,
    );
  }
  for (const [holder] of holders) tell(`removing the lock ${holder}`);
  await execa(command, ["cancel", "--yes", ...stack], { cwd: ROOT, env, reject: false });
}
