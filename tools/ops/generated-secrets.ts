import { Failure } from "../lib/failure.ts";
import type { PulumiCall } from "../lib/stack/pulumi-call.ts";
import { editState, exportedState } from "../lib/stack/state.ts";

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

/**
 * Does `work` while the engine may replace what is protected; where it fails before an `up`, which protects all again, they are
 * protected as they were.
 *
 * @throws Failure with what Pulumi said.
 */
export async function unprotected<T>(
  call: PulumiCall,
  secrets: readonly GeneratedSecret[],
  work: () => Promise<T>,
): Promise<T> {
  const urns = secrets.filter(({ protect }) => protect).map(({ urn }) => urn);
  await protect(call, urns, false);
  // Ctrl-C ends what this command has called, and with it `work`; all are protected again after that.
  const stay = (): void => undefined;
  process.on("SIGINT", stay);
  try {
    return await work();
  } catch (error) {
    await protect(call, urns, true);
    throw error;
  } finally {
    process.off("SIGINT", stay);
  }
}

async function protect(call: PulumiCall, urns: readonly string[], protect: boolean): Promise<void> {
  if (urns.length === 0) return;
  await editState<State>(call, ({ resources = [], ...rest }) => ({
    ...rest,
    resources: resources.map((one) => (urns.includes(one.urn) ? { ...one, protect } : one)),
  }));
}
