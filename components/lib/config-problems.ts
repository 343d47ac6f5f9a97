import type { z } from "zod";
import type { StackConfig } from "../config.ts";
import { rules } from "./config-rules.ts";

/** One thing that is wrong in a stack's configuration. */
export interface Problem {
  /** Path of the value, e.g. `models.0.replicas.min`. */
  path: string;
  /** What is wrong and the remedy. */
  message: string;
}

/**
 * Validates `raw` for the stack of that name and fills in the defaults.
 *
 * Each key is parsed by itself, so that a bad one hides neither the others nor the rules between
 * them.
 */
export function configProblems(
  schema: z.ZodObject,
  raw: Record<string, unknown>,
  stack: string,
): { config: Partial<StackConfig>; problems: Problem[] } {
  const config: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [key, part] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const result = part.safeParse(raw[key]);
    if (result.success) config[key] = result.data;
    else for (const issue of result.error.issues) problems.push(...describe(key, raw[key], issue));
  }
  const known = Object.keys(schema.shape);
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    problems.push({
      path: key,
      message: LATER[key] ?? `unknown key; known are ${known.join(", ")}`,
    });
  }
  for (const rule of rules) problems.push(...rule(config, stack, Object.keys(raw)));
  return { config, problems };
}

/**
 * Keys that design.md names and that this version refuses, rather than ignoring what the reader
 * relies on.
 */
const LATER: Record<string, string> = {
  backup: "backups are not part of this version yet; remove the key",
  sleep: "the sleep schedule is not part of this version yet; remove the key",
};

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
