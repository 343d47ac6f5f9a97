import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./schema.ts";
import { describeProblems, validateConfig } from "./validate.ts";

/**
 * The configuration of the stack that runs.
 *
 * @throws `pulumi.RunError` that lists every problem at once.
 */
export function loadConfig(): StackConfig {
  const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
  const prefix = `${project}:`;
  const own = (key: string) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []);
  const all = Object.entries(pulumi.runtime.allConfig());
  const raw = all.flatMap(([key, value]) => own(key).map((name) => [name, value] as const));
  const encrypted = encryptedKeys().flatMap(own);
  const { config, problems } = validateConfig(Object.fromEntries(raw), stack, {
    project,
    encrypted,
  });
  if (config) return config;
  throw new pulumi.RunError(describeProblems(stack, problems));
}

/** Keys with an encrypted value in them: Pulumi's language host names them here, and its SDK to nobody. */
function encryptedKeys(): string[] {
  const named = process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "";
  const keys: unknown = named === "" ? [] : JSON.parse(named);
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}
