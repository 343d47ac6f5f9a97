import { execa } from "execa";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import type { PulumiCall } from "../lib/stack/pulumi-call.ts";
import { failureOf } from "../lib/stack/pulumi-up.ts";
import { exportedState } from "../lib/stack/state.ts";

/** A secret that the program generated, as the state has it. */
export interface GeneratedSecret {
  name: string;
  urn: string;
  /** The engine neither deletes nor replaces it. */
  protect: boolean;
}

/** What another value would harm, and why. */
const KEPT: [RegExp, string][] = [
  [
    /^backup-key$/,
    "it opens the backups that there are: begin a repository of its own with another slipway:backup.password instead",
  ],
  [
    /^model-signing-\d+$/,
    "it signs what prediction APIs serve, and is followed by a new one in steps: docs/runbooks/model-keys.md",
  ],
  [
    /-hash-key$/,
    "it is the key of checksums, known to nobody: another one would restart everything",
  ],
];

interface State {
  resources?: { urn: string; type: string; protect?: boolean; delete?: boolean }[];
}

/** Those that may be made anew, by name. @throws Failure with what Pulumi said. */
export async function generatedSecrets(call: PulumiCall): Promise<GeneratedSecret[]> {
  const { resources = [] } = await exportedState<State>(call);
  return resources
    .filter(({ type, delete: gone }) => type === TYPE && gone !== true)
    .map(({ urn, protect = false }) => ({ name: urn.split("::").at(-1) ?? "", urn, protect }))
    .filter(({ name }) => keptFor(name) === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const TYPE = "random:index/randomPassword:RandomPassword";

/**
 * Those that are named; all where nothing is.
 *
 * @throws Failure that lists what there is for a name that is none, or one that is not to be made anew.
 */
export function chosen(
  all: readonly GeneratedSecret[],
  names: readonly string[],
): GeneratedSecret[] {
  if (names.length === 0) return [...all];
  return names.map((name) => {
    const found = all.find((one) => one.name === name);
    if (found) return found;
    const kept = keptFor(name);
    if (kept !== undefined) throw new Failure(`${name} is not made anew: ${kept}`, 2);
    const known = all.map((one) => one.name).join(", ");
    throw new Failure(`this stack generated no secret '${name}'; it has ${known}`, 2);
  });
}

function keptFor(name: string): string | undefined {
  return KEPT.find(([pattern]) => pattern.test(name))?.[1];
}

/** Lets the engine replace them once; the `up` that does protects them again. @throws Failure with what Pulumi said. */
export async function unprotect(
  call: PulumiCall,
  secrets: readonly GeneratedSecret[],
): Promise<void> {
  const { command, env, stack } = call;
  for (const { urn } of secrets.filter(({ protect }) => protect)) {
    const args = ["state", "unprotect", urn, "--yes", ...stack];
    const run = await execa(command, args, { cwd: ROOT, env, reject: false });
    if (run.failed) throw failureOf("`pulumi state unprotect`", run.stderr);
  }
}
