import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseDocument } from "yaml";
import { Failure } from "../local/failure.ts";

/** Configuration of a stack without the project's prefix, e.g. `{ models: [...] }`. */
export type RawConfig = Record<string, unknown>;

/** Name in Pulumi.yaml, and prefix of every key. */
export const PROJECT = "slipway";

const ROOT = join(import.meta.dirname, "..", "..");

/**
 * Reads `Pulumi.<stack>.yaml`, or the file that stands in for it. An encrypted value becomes its own path in braces,
 * `{{registry.password}}`.
 *
 * @throws Failure when there is no such file, or it is no YAML.
 */
export function readStack(stack: string, file = join(ROOT, `Pulumi.${stack}.yaml`)): RawConfig {
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
  const { config = {} } = (document.toJS() ?? {}) as { config?: Record<string, unknown> };
  const prefix = `${PROJECT}:`;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [
        key.slice(prefix.length),
        withoutSecrets(value, key.slice(prefix.length)),
      ]),
  );
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
