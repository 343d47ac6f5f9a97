import { relative } from "node:path";
import { type StackConfig, schema } from "../../../components/config/schema.ts";
import { describeProblems, validateConfig } from "../../../components/config/validate.ts";
import { Failure } from "../failure.ts";
import { ROOT } from "../paths.ts";
import { rawStack, stackFile } from "./stack-file.ts";

/** A stack file that the program would refuse too. */
export class InvalidConfiguration extends Failure {
  constructor(message: string) {
    super(message, 2);
  }
}

/**
 * A stack's configuration with the program's own defaults and errors. The one way in which a tool learns a setting.
 *
 * @param file stands in for `Pulumi.<stack>.yaml`, as `pulumi up --config-file`.
 * @throws InvalidConfiguration that lists every problem at once.
 */
export function readStack(stack: string, file = stackFile(stack)): StackConfig {
  const { config, problems } = validateConfig(rawStack(stack, file), stack);
  if (config === undefined) throw new InvalidConfiguration(describeProblems(stack, problems));
  return config;
}

/**
 * One key of another commit's stack file, whose other keys may be those of another version.
 *
 * @throws InvalidConfiguration that says what is wrong with the key.
 */
export function readStackKey<Key extends keyof StackConfig>(
  key: Key,
  file: string,
): StackConfig[Key] {
  const result = schema.shape[key].safeParse(rawStack("", file)[key]);
  if (result.success) return result.data as StackConfig[Key];
  const reasons = result.error.issues.map(({ message }) => message).join("; ");
  throw new InvalidConfiguration(`${relative(ROOT, file)}: slipway:${key}: ${reasons}`);
}
