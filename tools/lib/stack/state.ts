import { execa } from "execa";
import { ROOT } from "../paths.ts";
import type { PulumiCall } from "./pulumi-call.ts";
import { failureOf } from "./pulumi-up.ts";

/** What `pulumi stack export` writes. */
interface Exported<Deployment> {
  version: number;
  deployment: Deployment;
}

/**
 * What the engine knows of a stack, secrets encrypted.
 *
 * @typeParam Deployment the part of it that the caller reads. @throws Failure with what Pulumi said.
 */
export async function exportedState<Deployment>(call: PulumiCall): Promise<Deployment> {
  return (await exported<Deployment>(call)).deployment;
}

/** Replaces it by what `edit` makes of it. @throws Failure with what Pulumi said, e.g. of an entry whose parent is missing. */
export async function editState<Deployment>(
  call: PulumiCall,
  edit: (deployment: Deployment) => Deployment,
): Promise<void> {
  const state = await exported<Deployment>(call);
  const input = JSON.stringify({ ...state, deployment: edit(state.deployment) });
  await pulumi(call, ["stack", "import"], input);
}

/**
 * Puts the state in the order that the engine wants. An `up --target` that leaves out what the program has no more writes it last, also
 * behind what depends on it, and refuses that state the next time (Pulumi 3.260).
 *
 * @throws Failure with what Pulumi said.
 */
export async function putInOrder(call: PulumiCall): Promise<void> {
  await pulumi(call, ["state", "repair", "--yes"]);
}

async function exported<Deployment>(call: PulumiCall): Promise<Exported<Deployment>> {
  return JSON.parse(await pulumi(call, ["stack", "export"])) as Exported<Deployment>;
}

async function pulumi(
  { command, env, stack }: PulumiCall,
  words: string[],
  input = "",
): Promise<string> {
  const options = { cwd: ROOT, env, reject: false, input, maxBuffer: 2 ** 28 } as const;
  const run = await execa(command, [...words, ...stack], options);
  if (run.failed) throw failureOf(`\`pulumi ${words.slice(0, 2).join(" ")}\``, run.stderr);
  return run.stdout;
}
