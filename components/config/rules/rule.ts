import type { ModelFile } from "../../lib/model-file.ts";
import type { Problem, StackConfig } from "../schema.ts";

/** What rules know beside the keys. */
export interface Context {
  /** Name of the project, the first part of the environment's name. */
  project: string;
  /** Name of the stack. */
  stack: string;
  /** Whether a clone is there, whose folders our images are built from, and whose commands work on the stack. */
  clone: boolean;
  /** Keys that the stack file states, and those directly below them, as others have their defaults by now. */
  stated: readonly string[];
  /** Each entry of `models` as far as it names a file; there also where other keys of it are wrong. */
  models: readonly ModelEntry[];
}

/** The file that an entry of `models` names, or why there is none. */
export type ModelEntry = { index: number } & (
  { file: ModelFile; problem?: undefined } | { file?: undefined; problem: string }
);

/** A rule between keys, or between a key and what is around it. */
export type Rule = (config: Partial<StackConfig>, context: Context) => Problem[];

/** A rule that speaks only when each of the keys that it depends on is sound by itself. */
export function rule<Key extends keyof StackConfig>(
  keys: readonly Key[],
  check: (config: Pick<StackConfig, Key>, context: Context) => Problem[],
): Rule {
  return (config, context) => (hasAll(config, keys) ? check(config, context) : []);
}

function hasAll<Key extends keyof StackConfig>(
  config: Partial<StackConfig>,
  keys: readonly Key[],
): config is Pick<StackConfig, Key> & Partial<StackConfig> {
  return keys.every((key) => key in config);
}

/** One problem where `broken`, else none. */
export function when(broken: boolean, path: string, message: string): Problem[] {
  return broken ? [{ path, message }] : [];
}
