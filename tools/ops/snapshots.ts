import { Failure } from "../lib/failure.ts";
import { askTraining } from "../lib/training-command.ts";
import type { ModelRegistry } from "./mlflow.ts";

/** What a snapshot says of itself, see training/src/training/snapshots/snapshot.py. */
export interface Snapshot {
  sha256: string;
  /** `text`: the fields of CSV files as they were written. */
  written: "typed" | "text";
  rows: number;
  /** The type of each column, by name. */
  columns: Record<string, string>;
  source: string;
  /** What a database was asked; empty for files. */
  query: string;
  files: number;
  /** When a source gave this content for the first time, ISO 8601. */
  read_at: string;
}

/** A snapshot in the store. */
export interface Stored extends Snapshot {
  /** Of the file, in bytes. */
  size: number;
  written_at: string;
}

/** A version that was trained from a snapshot. */
export interface Use {
  model: string;
  version: string;
  aliases: string[];
  /** Whether the gate has judged it; one that it has not may be champion in a moment. */
  judged: boolean;
}

/** The tag by which training says which snapshot a version is of. */
export const SNAPSHOT_TAG = "slipway.snapshot";
/** What `python -m training data` answers. @throws Failure with what it says is wrong. */
export function askStore<T>(words: string[], env: Record<string, string>): Promise<T> {
  return askTraining<T>(["data", ...words], env);
}

/** Which versions were trained from each snapshot, by its hash. */
export async function usesOf(registry: ModelRegistry): Promise<Map<string, Use[]>> {
  const uses = new Map<string, Use[]>();
  for (const { name, aliases } of await registry.models()) {
    for (const { version, tags } of await registry.versions(name)) {
      const hash = tags[SNAPSHOT_TAG];
      if (hash === undefined) continue;
      const use: Use = {
        model: name,
        version,
        aliases: Object.keys(aliases).filter((alias) => aliases[alias] === version),
        judged: tags["slipway.verdict"] !== undefined,
      };
      uses.set(hash, [...(uses.get(hash) ?? []), use]);
    }
  }
  return uses;
}

/**
 * The snapshot that a person names: by the first digits of its hash, or as that of a version, `churn-model/3`.
 * @throws Failure (exit 2) where none or several are meant.
 */
export function chosen(
  named: string,
  stored: readonly Stored[],
  uses: ReadonlyMap<string, readonly Use[]>,
): Stored {
  const [model, version] = named.split("/");
  if (version !== undefined) {
    const ofVersion = [...uses].find(([, list]) =>
      list.some((use) => use.model === model && use.version === version),
    );
    if (ofVersion === undefined) {
      throw new Failure(`${named}: no version of that name was trained from a snapshot`, 2);
    }
    const found = stored.find(({ sha256 }) => sha256 === ofVersion[0]);
    if (found !== undefined) return found;
    throw new Failure(`${named}: its snapshot ${ofVersion[0]} is not in the store any more`, 2);
  }
  const fitting = stored.filter(({ sha256 }) => sha256.startsWith(named.toLowerCase()));
  if (fitting.length === 1 && fitting[0] !== undefined) return fitting[0];
  const known = stored.map(({ sha256 }) => sha256.slice(0, 12)).join(", ") || "none";
  throw new Failure(
    fitting.length > 1
      ? `${named}: ${fitting.length} snapshots begin so; give more digits`
      : `${named}: there is no such snapshot; there are ${known}. Or name a version: MODEL/VERSION`,
    2,
  );
}
