import * as pulumi from "@pulumi/pulumi";
import type { StackArgs } from "./schema.ts";
import { SecretsFileError, openSecrets, withSecrets } from "./secrets-file.ts";
import { describeProblems, structured, validateConfig } from "./validate.ts";

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
  const { keys, secret } = withSecretsFile(Object.fromEntries(raw), stack);
  const encrypted = [...encryptedKeys().flatMap(own), ...secret];
  const checked = validateConfig(keys, stack, { project, encrypted });
  if (checked.config) return checked.args;
  throw new pulumi.RunError(describeProblems(stack, checked.problems));
}

/** The keys with those of the file that SOPS encrypts, and which of them have something of it. */
function withSecretsFile(all: Record<string, unknown>, stack: string) {
  const { secretsFile, ...raw } = all;
  // What is no file's name is said of with all other keys.
  if (typeof secretsFile !== "string") return { keys: all, secret: [] };
  try {
    const secrets = openSecrets(secretsFile);
    const keys = Object.entries(raw).map(([key, value]) => [key, structured(value)] as const);
    return {
      keys: withSecrets(Object.fromEntries(keys), secrets),
      secret: Object.keys(secrets),
    };
  } catch (error) {
    if (!(error instanceof SecretsFileError)) throw error;
    const problem = { path: "secretsFile", message: error.message };
    throw new pulumi.RunError(describeProblems(stack, [problem]));
  }
}

/** Keys with an encrypted value in them: Pulumi's language host names them here, and its SDK to nobody. */
function encryptedKeys(): string[] {
  const named = process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "";
  const keys: unknown = named === "" ? [] : JSON.parse(named);
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}
