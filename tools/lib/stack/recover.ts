import { hostname } from "node:os";
import { execa } from "execa";
import { hasLabels } from "../../../components/lib/labels.ts";
import { kindOf, nameOf } from "../changes/change.ts";
import { tell } from "../command.ts";
import { Failure } from "../failure.ts";
import { ROOT } from "../paths.ts";
import { processInfo } from "../process-identity.ts";
import type { Environment } from "./environment.ts";
import type { PulumiCall } from "./pulumi-call.ts";
import { endOrphans } from "./orphans.ts";
import { exportedState, failureOf, FORCE, LOCKED } from "./pulumi-up.ts";

/** An operation that a state was told of when it began, and never again. */
interface Pending {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: { urn: string; type: string; inputs?: { metadata?: Metadata } };
}

/** The part of a state that says so. */
interface Begun {
  pending_operations?: Pending[];
}

interface Metadata {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
}

/**
 * Makes the state of a stack true again after an `up` that was killed, so that the next one can go on: its lock is
 * removed; an object that it had just begun to create, and that came to be, is taken into the state; the rest is read from the cluster.
 *
 * @throws Failure where an `up` still runs here, or the cluster does not answer.
 */
export async function recover(environment: Environment, call: PulumiCall): Promise<void> {
  await endOrphans();
  const { pending_operations: begun = [] } = await exportedState<Begun>(call);
  const creating = begun.filter(({ type }) => type === "creating");
  const found: string[] = [];
  for (const { resource } of creating) {
    const id = await idInCluster(environment, resource);
    const became = id === undefined ? "was not made yet" : `was made, as ${id}`;
    tell(`${kindOf(resource.type)} ${nameOf(resource.urn)}: ${became}`);
    if (id === undefined) continue;
    found.push(...[resource.urn, id].flatMap((word) => ["--import-pending-creates", word]));
  }
  let run = await refresh(call, found);
  if (run.failed && LOCKED.test(run.all)) {
    await unlock(call, run.all);
    run = await refresh(call, found);
  }
  if (!run.failed) return;
  tell(run.all);
  throw failureOf("`pulumi refresh`", run.all);
}

/** Reads the cluster, and settles what was begun. */
function refresh({ command, env, stack, config }: PulumiCall, imports: string[]) {
  const words = ["--yes", "--skip-preview", "--clear-pending-creates", ...imports];
  const options = { cwd: ROOT, env: { ...env, ...FORCE }, reject: false, all: true } as const;
  return execa(command, ["refresh", ...words, ...config, ...stack], options);
}

/** Who holds a state in files, as Pulumi's complaint says. */
const HOLDER = /created by \S+@(\S+) \(pid (\d+)\)/g;

/**
 * Removes the lock of an `up` that was killed. Pulumi itself asks nobody, so a process that lives is looked for first.
 *
 * @param said Pulumi's complaint of the lock.
 */
async function unlock({ command, env, stack }: PulumiCall, said: string): Promise<void> {
  const holders = [...said.matchAll(HOLDER)];
  const alive = holders.find(
    ([, host, pid]) => host === hostname() && processInfo(Number(pid)) !== undefined,
  );
  if (alive) throw new Failure(`${alive[0]}: it still runs, so wait for it, or end it first`);
  for (const [holder] of holders) tell(`removing the lock ${holder}`);
  await execa(command, ["cancel", "--yes", ...stack], { cwd: ROOT, env, reject: false });
}

/** Types of the Kubernetes provider: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`. */
const KUBERNETES = /^kubernetes:(?:core|([\w.-]+))\/(\w+):(\w+)$/;

/** The id of an object that this stack created, as the Kubernetes provider forms it; undefined where it did not. */
async function idInCluster(
  { kubectl, context }: Environment,
  { type, inputs = {} }: Pending["resource"],
): Promise<string | undefined> {
  const [, group = "", version, kind] = KUBERNETES.exec(type) ?? [];
  const { name, namespace, labels = {} } = inputs.metadata ?? {};
  if (version === undefined || kind === undefined || name === undefined) return undefined;
  const place = namespace === undefined ? [] : ["-n", namespace];
  const get = ["get", `${kind}.${version}.${group}`, name, "-o", "json", "--ignore-not-found"];
  const run = await kubectl([...place, ...get], { reject: false });
  if (run.failed && /NotFound|doesn't have a resource type/.test(run.stderr)) return undefined;
  if (run.failed) throw new Failure(`cluster '${context}' does not answer: ${run.stderr}`);
  if (run.stdout === "") return undefined;
  const { metadata } = JSON.parse(run.stdout) as { metadata: Metadata };
  if (!hasLabels(metadata, labels)) {
    throw new Failure(
      `${kind} ${name} is in the cluster without the labels of this stack, so it is somebody else's: rename or remove it, then deploy`,
    );
  }
  return namespace === undefined ? name : `${namespace}/${name}`;
}
