import { Failure } from "../lib/failure.ts";
import type { Version } from "./mlflow.ts";

/**
 * The number of the version that answers: the one that is named, or that has the alias.
 * @param wanted @default the champion. @throws Failure that names what there is.
 */
export function versionToAsk(
  model: string,
  versions: readonly Version[],
  aliases: Readonly<Record<string, string>>,
  wanted: { version?: string | undefined; alias?: string | undefined },
): string {
  const all = versions.map(({ version }) => version).join(", ") || "none";
  if (wanted.version !== undefined) {
    if (versions.some(({ version }) => version === wanted.version)) return wanted.version;
    throw new Failure(
      `--version ${wanted.version}: ${model} has no such version; it has ${all}`,
      2,
    );
  }
  const alias = wanted.alias ?? "champion";
  const found = Object.hasOwn(aliases, alias) ? aliases[alias] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(aliases).join(", ") || "none";
  throw new Failure(
    `--alias ${alias}: no version of ${model} has it; aliases are ${known}, versions ${all} (--version)`,
    2,
  );
}
