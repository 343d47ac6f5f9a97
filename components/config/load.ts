import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./schema.ts";
import { describeProblems, validateConfig } from "./validate.ts";

/**
 * The configuration of the stack that runs.
 *
 * @throws `pulumi.RunError` that lists every problem at once.
 */
export function loadConfig(): StackConfig {
  const [stack, prefix] = [pulumi.getStack(), `${pulumi.getProject()}:`];
  const raw = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  const { config, problems } = validateConfig(Object.fromEntries(raw), stack);
  if (config) return config;
  throw new pulumi.RunError(describeProblems(stack, problems));
}
