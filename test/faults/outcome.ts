import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/lib/paths.ts";
import { SECTIONS } from "./rows.ts";
import type { Row } from "./written.ts";

/** What became of a row's tests, the last time that it was played. */
export interface Outcome {
  result: "passed" | "failed" | "skipped";
  /** What failed, or why it was skipped. */
  said?: string;
  /** How many tests there were. */
  tests: number;
  seconds: number;
  /** Day, e.g. 2026-11-26. */
  date: string;
  /** Commit that was played, shortened. */
  commit: string;
}

/** Outcomes by {@link keyOf}. */
export type Outcomes = Record<string, Outcome>;

const FILE = join(ROOT, "docs", "reliability.json");

export const ALL_ROWS: readonly Row[] = SECTIONS.flatMap(({ rows }) => rows);

export const keyOf = ({ file, test }: Row): string => `${file} ${test}`;

/** What the last runs wrote. */
export function readOutcomes(): Outcomes {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Outcomes) : {};
}

/** Writes them in the order of the rows; those of rows that are gone are left out. */
export function writeOutcomes(outcomes: Outcomes): void {
  const kept = ALL_ROWS.map(keyOf).flatMap((key) => {
    const outcome = outcomes[key];
    return outcome ? [[key, outcome] as const] : [];
  });
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}
