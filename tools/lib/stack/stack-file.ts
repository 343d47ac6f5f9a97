import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Document, parseDocument } from "yaml";
import {
  SecretsFileError,
  sealedSecrets,
  withSecrets,
} from "../../../components/config/secrets-file.ts";
import { Failure } from "../failure.ts";
import { ROOT } from "../paths.ts";

/** Configuration of a stack without the project's prefix, as it is written: unchecked and without defaults. */
export type RawConfig = Record<string, unknown>;

/** Name in Pulumi.yaml, and prefix of every key. */
export const PROJECT = "slipway";

const SALT = "encryptionsalt";

/** The file that `pulumi` reads for a stack. */
export function stackFile(stack: string, root = ROOT): string {
  return join(root, `Pulumi.${stack}.yaml`);
}

/**
 * What the file says below `slipway:`, to hand to the program, which checks it itself; tools that want to know a value
 * call `readStack`. `file` stands in for the stack's own. An encrypted value becomes its own path in braces, `{{registry.password}}`,
 * and so does one of the file that SOPS encrypts.
 *
 * @throws Failure when there is no such file, or it is no YAML.
 */
export function rawStack(stack: string, file = stackFile(stack)): RawConfig {
  const prefix = `${PROJECT}:`;
  const all = Object.fromEntries<unknown>(
    Object.entries(settingsOf(file))
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [
        key.slice(prefix.length),
        withoutSecrets(value, key.slice(prefix.length)),
      ]),
  );
  const { secretsFile, ...keys } = all;
  if (typeof secretsFile !== "string") return all;
  try {
    return withSecrets(keys, sealedSecrets(join(ROOT, secretsFile)));
  } catch (error) {
    if (!(error instanceof SecretsFileError)) throw error;
    throw new Failure(`${relative(ROOT, file)}: slipway:secretsFile: ${error.message}`, 2);
  }
}

/** `kubernetes:context`, where the file states it. @throws Failure as {@link rawStack}. */
export function contextOf(file: string): string | undefined {
  const context = settingsOf(file)["kubernetes:context"];
  return typeof context === "string" ? context : undefined;
}

/** Whether the secrets of a stack file are encrypted with a passphrase; not where there is no such file. */
export function hasPassphrase(file: string): boolean {
  return existsSync(file) && saltOf(file) !== undefined;
}

/** The salt of that encryption, which Pulumi keeps in the file. */
export function saltOf(file: string): unknown {
  return documentOf(file).get(SALT);
}

/**
 * Sets keys below `config:`, named with their prefix, or removes those that are undefined; comments and order stay.
 * A key below another is a path as in `pulumi config set --path`: `slipway:images.postgres`.
 *
 * @param salt of the encryption, where the file is to have another one's.
 * @throws Failure as {@link rawStack}.
 */
export function editStackFile(
  file: string,
  settings: Record<string, unknown>,
  salt?: unknown,
): void {
  const document = documentOf(file);
  if (salt !== undefined) document.set(SALT, salt);
  for (const [key, value] of Object.entries(settings)) {
    const path = ["config", ...key.split(".")];
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
  }
  writeFileSync(file, document.toString({ lineWidth: 0, flowCollectionPadding: true }));
}

/** Everything below `config:`, with the project's prefix. */
function settingsOf(file: string): Record<string, unknown> {
  const { config } = (documentOf(file).toJS() ?? {}) as { config?: Record<string, unknown> };
  return config ?? {};
}

function documentOf(file: string): Document {
  const name = relative(ROOT, file);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Failure(`${name} cannot be read: add the file, or name another stack`, 2);
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Failure(`${name} is no valid YAML: ${error.message}`, 2);
  return document;
}

function withoutSecrets(value: unknown, path: string): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => withoutSecrets(item, `${path}.${index}`));
  if (typeof value !== "object" || value === null) return value;
  if ("secure" in value) return `{{${path}}}`;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, `${path}.${key}`)]),
  );
}
