import { execa } from "execa";
import { kindOf, nameOf } from "../changes/change.ts";
import { tell } from "../tell.ts";
import { ROOT } from "../paths.ts";
import type { Environment } from "./environment.ts";
import type { PulumiCall } from "./pulumi-call.ts";
import { endOrphans } from "./orphans.ts";
import { failureOf, FORCE, LOCKED } from "./pulumi-up.ts";
import { type Begun, type Found, inCluster, withMade } from "./pending-creations.ts";
import { editState, exportedState, putInOrder } from "./state.ts";
import { unlock } from "./unlock.ts";

/**
 * Makes the state of a stack true again after an `up` that was killed, so that the next one can go on: its lock is
 * removed; an object that it had just begun to create, and that came to be, is taken into the state; the rest is read from the cluster.
 *
 * @throws Failure where an `up` still runs here, or the cluster does not answer.
 */
export async function recover(environment: Environment, call: PulumiCall): Promise<void> {
  await endOrphans();
  await putInOrder(call);
  await refresh(call);
  const { pending_operations: begun = [] } = await exportedState<Begun>(call);
  if (begun.length === 0) return;
  const made = new Map<string, Found>();
  for (const { resource } of begun) {
    const found = await inCluster(environment, resource);
    const became = found === undefined ? "was not made yet" : `was made, as ${found.id}`;
    tell(`${kindOf(resource.type)} ${nameOf(resource.urn)}: ${became}`);
    if (found !== undefined) made.set(resource.urn, found);
  }
  // Pulumi's own `refresh --import-pending-creates` renames the operation and imports nothing (3.260).
  await editState<Begun>(call, (state) => withMade(state, made));
  if (made.size > 0) await refresh(call, [...made.keys()]);
}

/**
 * Reads the cluster, which settles every operation that was begun but creations.
 *
 * @param only URNs. @default everything
 */
async function refresh(call: PulumiCall, only: string[] = []): Promise<void> {
  const targets = only.flatMap((urn) => ["--target", urn]);
  let run = await refreshed(call, targets);
  if (run.failed && LOCKED.test(run.all)) {
    await unlock(call, run.all);
    run = await refreshed(call, targets);
  }
  if (!run.failed) return;
  tell(run.all);
  throw failureOf("`pulumi refresh`", run.all);
}

function refreshed({ command, env, stack, config }: PulumiCall, targets: string[]) {
  const words = ["--yes", "--skip-preview", "--skip-pending-creates", ...targets];
  const options = { cwd: ROOT, env: { ...env, ...FORCE }, reject: false, all: true } as const;
  return execa(command, ["refresh", ...words, ...config, ...stack], options);
}
