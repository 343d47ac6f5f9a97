import { join } from "node:path";
import type { z } from "zod";
import { rules } from "./rules.ts";
import { type Problem, type StackConfig, schema } from "./schema.ts";

/** What a validation ends with: the whole configuration, or everything that is wrong with it. */
export type Validation =
  { config: StackConfig; problems: [] } | { config: undefined; problems: [Problem, ...Problem[]] };

const ROOT = join(import.meta.dirname, "..", "..");

/**
 * Validates the keys of one stack and fills in the defaults. It asks no engine, so that tools read
 * a stack by it as the program does.
 *
 * Each key is parsed by itself, so that a bad one hides neither the others nor the rules between
 * them.
 *
 * @param raw value by key, without the prefix `slipway:`; a text is read as Pulumi's engine hands it
 * over, so that `"true"` is a boolean.
 * @param stack name of the stack.
 * @param root repository that holds the model YAMLs. @default this one
 */
export function validateConfig(
  raw: Readonly<Record<string, unknown>>,
  stack: string,
  root = ROOT,
): Validation {
  const values = Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [key, parseValue(value)]),
  );
  const config: Partial<StackConfig> = {};
  const problems: Problem[] = [];
  for (const [key, part] of Object.entries(schema.shape)) {
    const result = part.safeParse(values[key]);
    if (result.success) Object.assign(config, { [key]: result.data });
    else
      problems.push(...result.error.issues.flatMap((issue) => describe(key, values[key], issue)));
  }
  problems.push(...unknownKeys(Object.keys(values)));
  const context = { stack, stated: Object.keys(values), root };
  problems.push(...rules.flatMap((rule) => rule(config, context)));

  const [first, ...others] = problems;
  if (first) return { config: undefined, problems: [first, ...others] };
  return { config: schema.parse(values), problems: [] };
}

/** Every problem, one a line, as a person can mend them. */
export function describeProblems(stack: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ path, message }) => `  slipway:${path}: ${message}`);
  const head = `Pulumi.${stack}.yaml has ${problems.length} problem(s); docs/configuration.md lists every key.`;
  return [head, ...lines].join("\n");
}

/** Structured configuration reaches the program as JSON, a scalar as its text. */
function parseValue(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Keys that are planned, and refused rather than ignored while the reader relies on them. */
const LATER: Record<string, string> = {
  backup: "backups are not part of this version yet; remove the key",
  sleep: "the sleep schedule is not part of this version yet; remove the key",
};

function unknownKeys(stated: readonly string[]): Problem[] {
  const known = Object.keys(schema.shape);
  return stated
    .filter((key) => !known.includes(key))
    .map((path) => ({
      path,
      message: LATER[path] ?? `unknown key; known are ${known.join(", ")}`,
    }));
}

function describe(key: string, raw: unknown, issue: z.core.$ZodIssue): Problem[] {
  const path = [key, ...issue.path].join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => ({
      path: `${path}.${unknown}`,
      message: "unknown key; docs/configuration.md lists those that exist",
    }));
  }
  const value = valueAt(raw, issue.path);
  // A value may be a password that ended up in the wrong place, so only plain settings are
  // repeated.
  const shown = typeof value === "number" || typeof value === "boolean" ? ` (${value})` : "";
  return [{ path, message: (value === undefined ? "is missing: " : "") + issue.message + shown }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === "object" && node !== null
        ? (node as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
}
