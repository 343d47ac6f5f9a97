import { join } from "node:path";
import { type ModelFolder, modelsIn, readModel } from "../lib/model-file.ts";
import { PROJECT } from "../well-known.ts";
import { model } from "./models.ts";
import { parseLeniently } from "./parse.ts";
import { describeIssue, unknownKey } from "./problems.ts";
import { withRoom } from "./quota.ts";
import { rules } from "./rules/all.ts";
import type { ModelEntry } from "./rules/rule.ts";
import { type Problem, type StackArgs, type StackConfig, schema } from "./schema.ts";

/** What a validation ends with: the whole configuration, or everything that is wrong with it. */
export type Validation =
  | { config: StackConfig; args: StackArgs; problems: [] }
  | { config: undefined; problems: [Problem, ...Problem[]] };

/** What a validation takes beside the keys. */
export interface ValidationOptions {
  /** Where the model YAMLs lie. @default this repository's own */
  models?: ModelFolder;
  /** Project that the stack is of. @default slipway */
  project?: string;
  /** Whether our images are built, from a clone. @default true */
  clone?: boolean;
  /** Keys whose values are encrypted, so that no message repeats them. @default none */
  encrypted?: readonly string[];
}

const ROOT = join(import.meta.dirname, "..", "..");

/**
 * Validates the keys of one stack and fills in the defaults. It asks no engine, so that tools read
 * a stack by it as the program does.
 *
 * Each key is parsed by itself, so that a bad one hides neither the others nor the rules between
 * them.
 *
 * @param raw value by key, without the prefix `slipway:`, as written or as Pulumi's engine hands it
 * over: what has a structure as JSON, `true` and `5` as text.
 * @param stack name of the stack.
 * @returns beside the configuration the keys as they were stated, with their types put right.
 */
export function validateConfig(
  raw: Readonly<Record<string, unknown>>,
  stack: string,
  {
    models = modelsIn(ROOT),
    project = PROJECT,
    clone = true,
    encrypted = [],
  }: ValidationOptions = {},
): Validation {
  const values = Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [key, structured(value)]),
  );
  const config: Partial<StackConfig> = {};
  const problems: Problem[] = [];
  for (const [key, part] of Object.entries(schema.shape)) {
    const { value, result } = parseLeniently(part, values[key]);
    values[key] = value;
    if (result.success) Object.assign(config, { [key]: result.data });
    else {
      const place = { key, raw: value, hidden: encrypted.includes(key) };
      problems.push(...result.error.issues.flatMap((issue) => describeIssue(place, issue)));
    }
  }
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(raw).filter((key) => !known.includes(key));
  problems.push(
    ...unknown.map((key) => ({ path: key, message: unknownKey(key, known, encrypted) })),
  );
  const stated = statedPaths(raw, values);
  const context = { project, stack, clone, stated, models: modelEntries(models, values["models"]) };
  problems.push(...rules.flatMap((rule) => rule(config, context)));

  const [first, ...others] = problems;
  if (first) return { config: undefined, problems: [first, ...others] };
  const args = values as StackArgs;
  return { config: withRoom(schema.parse(values), stated), args, problems: [] };
}

/** Keys that a stack file states, and those directly below them, e.g. `quota` and `quota.cpu`. */
function statedPaths(raw: object, values: Record<string, unknown>): string[] {
  return Object.keys(raw).flatMap((key) => {
    const value = values[key];
    const inner = typeof value === "object" && value !== null ? Object.keys(value) : [];
    return [key, ...inner.map((name) => `${key}.${name}`)];
  });
}

/** Every problem, one a line, as a person can mend them. */
export function describeProblems(stack: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ path, message }) =>
    path === "stack" ? `  ${path} ${message}` : `  slipway:${path}: ${message}`,
  );
  const head = `Pulumi.${stack}.yaml has ${problems.length} problem(s); docs/configuration.md lists every key.`;
  return [head, ...lines].join("\n");
}

/** Structured configuration reaches the program as JSON; any other text is what it says. */
export function structured(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Entries of `models` whose `file` is sound, read; what else is wrong with them is said elsewhere. */
function modelEntries(folder: ModelFolder, models: unknown): ModelEntry[] {
  if (!Array.isArray(models)) return [];
  return models.flatMap((entry: unknown, index): ModelEntry[] => {
    const stated = typeof entry === "object" && entry !== null && "file" in entry ? entry.file : "";
    const file = model.shape.file.safeParse(stated);
    if (!file.success) return [];
    try {
      return [{ index, file: readModel(folder, file.data) }];
    } catch (error) {
      return [{ index, problem: error instanceof Error ? error.message : String(error) }];
    }
  });
}
