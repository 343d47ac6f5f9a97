import type { Version } from "./mlflow.ts";

/** Tags `slipway.champion.<time>` that training and `rollback` write when they move the alias `champion`. */
const PREFIX = "slipway.champion.";

/** One time when a version became champion. */
export interface Promotion {
  version: string;
  /** ISO 8601 in UTC. */
  at: string;
  /** `training`, or who rolled back. */
  by: string;
  /** The champion before, if there was one. */
  replaced?: string;
  /** Present: this was a rollback, for this reason. */
  reason?: string;
}

type Details = Omit<Promotion, "version" | "at">;

/** The tag that records a promotion. */
export function promotionTag({ at, by, replaced, reason }: Omit<Promotion, "version">): {
  key: string;
  value: string;
} {
  return { key: `${PREFIX}${at}`, value: JSON.stringify({ by, replaced, reason }) };
}

/** Every promotion that the tags of a model's versions tell of, oldest first. */
export function promotionsOf(versions: readonly Version[]): Promotion[] {
  return versions
    .flatMap(({ version, tags }) =>
      Object.entries(tags)
        .filter(([key]) => key.startsWith(PREFIX))
        .map(([key, value]) => ({
          version,
          at: key.slice(PREFIX.length),
          ...(JSON.parse(value) as Details),
        })),
    )
    .sort((one, other) => one.at.localeCompare(other.at));
}

/**
 * The version to go back to: the last champion before `champion` that nobody has rolled back from since. A second
 * rollback thus goes further back, not forward to what the first one left.
 */
export function earlierChampion(
  promotions: readonly Promotion[],
  champion: string,
): string | undefined {
  const left = new Set<string>();
  for (const { version, replaced, reason } of [...promotions].reverse()) {
    // What a rollback left is bad until it was promoted again, which is later and so was seen before.
    if (reason !== undefined && replaced !== undefined) left.add(replaced);
    // A champion from before there were these tags is known from its successor alone.
    for (const earlier of [version, replaced]) {
      if (earlier !== undefined && earlier !== champion && !left.has(earlier)) return earlier;
    }
  }
  return undefined;
}
