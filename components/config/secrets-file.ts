import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** Keys of a stack as a file of SOPS has them: nested as in the stack file, each value encrypted by itself. */
export type Secrets = Record<string, unknown>;

/** Where SOPS keeps its own data in a file (github.com/getsops/sops, "Encrypting using age"). */
const OWN = "sops";
/** Milliseconds that decrypting may take: keys may lie in a cloud. */
const PATIENCE = 60_000;

/** Something is wrong with the file; the message is the end of a sentence about `secretsFile`. */
export class SecretsFileError extends Error {}

/** What a file of SOPS says, decrypted by `sops` itself with whatever keys it finds. @throws SecretsFileError */
export function openSecrets(file: string): Secrets {
  // What `sops` says of a file that is none of its own leads nowhere.
  readSealed(file);
  try {
    const text = execFileSync("sops", ["--decrypt", "--output-type", "json", file], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: PATIENCE,
    });
    return JSON.parse(text) as Secrets;
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    if (code === "ENOENT") {
      throw new SecretsFileError(
        "is decrypted by 'sops', which is not on the PATH: install it (getsops.io), or set the values with 'pulumi config set --secret'",
      );
    }
    const said = (stderr ?? "").trim().split("\n").slice(-4).join(" ").trim();
    const why = said === "" ? (error as Error).message : said;
    throw new SecretsFileError(
      `(${file}) cannot be decrypted; does this machine have its key, such as SOPS_AGE_KEY_FILE? sops says: ${why}`,
    );
  }
}

/** The keys of a file of SOPS, which are not encrypted, each with its path in braces in the place of its value. @throws SecretsFileError */
export function sealedSecrets(file: string): Secrets {
  return sealed(readSealed(file), "") as Secrets;
}

function readSealed(file: string): Secrets {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { message } = error as Error;
    throw new SecretsFileError(`cannot be read: ${message}; add the file, or remove the key`);
  }
  const content: unknown = parsed(file, text);
  if (typeof content !== "object" || content === null || !(OWN in content)) {
    throw new SecretsFileError(
      `(${file}) is not encrypted: 'sops encrypt --in-place ${file}' does it, before it is committed`,
    );
  }
  const keys = Object.entries(content as Secrets).filter(([key]) => key !== OWN);
  return Object.fromEntries(keys);
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new SecretsFileError(`(${file}) is no valid YAML: ${(error as Error).message}`);
  }
}

function sealed(value: unknown, path: string): unknown {
  const below = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
  if (Array.isArray(value)) return value.map((item, index) => sealed(item, below(index)));
  if (typeof value !== "object" || value === null) return `{{${path}}}`;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, sealed(item, below(key))]),
  );
}

/**
 * A stack's keys with those of its file of secrets; lists are put together entry by entry.
 *
 * @throws SecretsFileError where both say a value, so that nobody has to know which one goes.
 */
export function withSecrets(keys: Secrets, secrets: Secrets): Secrets {
  return merged(keys, secrets, []) as Secrets;
}

function merged(one: unknown, other: unknown, path: readonly string[]): unknown {
  if (one === undefined) return other;
  if (other === undefined) return one;
  if (isKeys(one) && isKeys(other)) {
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    const entries = names.map((name) => [name, merged(one[name], other[name], [...path, name])]);
    return Array.isArray(one) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
  }
  throw new SecretsFileError(
    `and the stack file both say '${path.join(".")}': remove it from one of them`,
  );
}

/** Keys and values, or a list, by its places. */
function isKeys(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
