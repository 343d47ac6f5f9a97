import { stripVTControlCharacters } from "node:util";

/** What a suite counted. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Reads the closing lines of mocha (`3 passing`, `1 failing`, `2 pending`) and pytest (`3 passed, 1 skipped in 2.1s`).
 * A command that counts nothing, such as a linter, is one check; one that failed without saying so counts one failure.
 */
export function countTests(coloured: string, exitCode: number): Counts {
  const output = stripVTControlCharacters(coloured);
  const counts = {
    passed: sum(output, /(\d+) (?:passing|passed)/g),
    failed: sum(output, /(\d+) (?:failing|failed|errors?)(?: in |,|$)/gm),
    skipped: sum(output, /(\d+) (?:pending|skipped)/g),
  };
  if (counts.passed + counts.failed + counts.skipped === 0) {
    return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
  }
  if (exitCode !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

/** Sums over the last lines only: a test's own output may speak of passing, too. */
function sum(output: string, pattern: RegExp): number {
  const summary = output.split("\n").filter((line) => SUMMARY.test(line));
  return [...summary.join("\n").matchAll(pattern)].reduce((total, [, n]) => total + Number(n), 0);
}

/** Lines that begin with a count, as both runners' summaries do. */
const SUMMARY = /^(?:\s{2}|=* ?)\d+ (?:passing|failing|pending|passed|failed|skipped|errors?)/;

/** Counts of tests that were listed and not run. */
export function asSkipped({ passed, failed, skipped }: Counts): Counts {
  return { passed: 0, failed, skipped: passed + skipped };
}
