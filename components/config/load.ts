import * as pulumi from "@pulumi/pulumi";
import type { StackArgs } from "./schema.ts";
import { describeProblems, validateConfig } from "./validate.ts";

/**
 * The configuration of the stack that runs, as the arguments of `Slipway`.
 *
 * @throws `pulumi.RunError` that lists every problem at once.
 */
export function loadConfig(): StackArgs {
  const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
  const prefix = `${project}:`;
  const own = (key: string) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []);
  const all = Object.entries(pulumi.runtime.allConfig());
  const raw = all.flatMap(([key, value]) => own(key).map((name) => [name, value] as const));
  const encrypted = encryptedKeys().flatMap(own);
  const checked = validateConfig(Object.fromEntries(raw), stack, { project, encrypted });
  if (checked.config) return checked.args;
  throw new pulumi.RunError(describeProblems(stack, checked.problems));
}

/** Keys with an encrypted value in them: Pulumi's language host names them here, and its SDK to nobody. */
function encryptedKeys(): string[] {
  const named = process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "";
  const keys: unknown = named === "" ? [] : JSON.parse(named);
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}
