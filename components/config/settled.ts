import * as pulumi from "@pulumi/pulumi";
import { parseLeniently } from "./parse.ts";
import { describeIssue } from "./problems.ts";
import { rules } from "./rules/all.ts";
import type { Context } from "./rules/rule.ts";
import { type StackArgs, type StackConfig, schema } from "./schema.ts";
import { type ValidationOptions, validateConfig } from "./validate.ts";

/**
 * The arguments of the Slipway `name` with all defaults filled in.
 *
 * @throws `pulumi.RunError` that lists every problem at once.
 */
export function settledConfig(
  name: string,
  args: StackArgs,
  options: Pick<ValidationOptions, "models" | "clone">,
): StackConfig {
  const stated = Object.entries(args).filter(([, value]) => value !== undefined);
  const { config, problems } = validateConfig(Object.fromEntries(stated), pulumi.getStack(), {
    ...options,
    project: name,
  });
  if (config) return config;
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
  const head = `new Slipway("${name}") has ${problems.length} problem(s) in its arguments; docs/configuration.md lists each.`;
  throw new pulumi.RunError([head, ...lines].join("\n"));
}

/**
 * The settings of a component that is used by itself, as the key of a stack that they would be, with its defaults.
 *
 * @throws ResourceError that names every problem.
 */
export function settledPart<Key extends Part>(
  key: Key,
  settings: StackArgs[Key],
  owner: pulumi.Resource,
): NonNullable<StackConfig[Key]> {
  const { value, result } = parseLeniently(schema.shape[key], settings);
  const place = { key, raw: value, hidden: false };
  const problems = result.success
    ? rules
        .flatMap((rule) => rule({ [key]: result.data }, alone()))
        .filter(({ path }) => path.split(".")[0] === key)
    : result.error.issues.flatMap((issue) => describeIssue(place, issue));
  if (result.success && problems.length === 0) {
    return result.data as NonNullable<StackConfig[Key]>;
  }
  const lines = problems.map(
    ({ path, message }) => `'${path.replace(key, "settings")}' ${message}`,
  );
  throw new pulumi.ResourceError(lines.join("\n"), owner, true);
}

/** Keys that are all the settings of a component. */
type Part =
  | "database"
  | "login"
  | "objectStore"
  | "endpoint"
  | "monitoring"
  | "argocd"
  | "backup"
  | "signing"
  | "sleep";

/** What a rule knows of a component that no whole stack is around. */
function alone(): Context {
  const stack = pulumi.getStack();
  return { project: pulumi.getProject(), stack, clone: true, stated: [], models: [] };
}
