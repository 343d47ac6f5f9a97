import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { junitCases } from "./junit.ts";

/** What a suite counted. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** A runner that counts its tests: what makes it write them to a file, and how to read that. */
export interface Reporting {
  /** Words to add to the command. */
  args: (file: string) => string[];
  /** Counts of the file's text. @throws Error where it is none of the runner's. */
  read: (text: string) => Counts;
  /** The tests of the file's text that failed, each with what it said. */
  failed: (text: string) => string[];
}

/** Of what a failed test said, as much is repeated at the end, in characters. */
const SAID = 2000;

/** mocha: by a reporter of ours, as it takes only one and people want `spec`'s lines. */
export const MOCHA: Reporting = {
  args: (file) => [
    "--reporter",
    path.join(import.meta.dirname, "mocha-reporter.ts"),
    "--reporter-option",
    `output=${file}`,
  ],
  read: (text) => {
    const { passes, failures, pending } = JSON.parse(text) as Partial<Mocha.Stats>;
    return { passed: whole(passes), failed: whole(failures), skipped: whole(pending) };
  },
  failed: (text) => {
    const { failed = [] } = JSON.parse(text) as { failed?: { title: string; said: string }[] };
    return failed.map(({ title, said }) => `${title}\n${said.slice(0, SAID)}`);
  },
};

/**
 * pytest: its own JUnit report, one `<testsuite>` with all counts. A test whose end fails too is two failures there,
 * and two of `tests`.
 */
export const PYTEST: Reporting = {
  args: (file) => [`--junitxml=${file}`, "--durations=10", "--durations-min=10"],
  read: (text) => {
    const [suite = ""] = /<testsuite [^>]*>/.exec(text) ?? [];
    const count = (name: string) => whole(Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1]));
    const failed = count("failures") + count("errors");
    const skipped = count("skipped");
    return { passed: count("tests") - failed - skipped, failed, skipped };
  },
  failed: (text) =>
    junitCases(text).flatMap(({ file, name, failed }) =>
      failed === undefined ? [] : [`${file} ${name}\n${failed.slice(0, SAID)}`],
    ),
};

/** @throws Error where a report lacks a count, or holds what is none. */
function whole(count: number | undefined): number {
  if (count === undefined || !Number.isInteger(count)) {
    throw new Error(`a test report says '${count}' where it should count`);
  }
  return count;
}

/**
 * What a suite counted. A command that counts nothing, such as a linter, is one check. A runner that ended without
 * its report, or failed after the last test, has one failure (more).
 * @param report of a runner: its way to report, and the file that it was told to write.
 */
export function countTests(exitCode: number, report?: Reporting & { file: string }): Counts {
  if (!report) return oneCheck(exitCode === 0);
  if (!existsSync(report.file)) return oneCheck(false);
  const counts = report.read(readFileSync(report.file, "utf8"));
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** The tests that failed, by a runner's report; none where it did not come to write one. */
export const failedTests = (report: Reporting & { file: string }): string[] =>
  existsSync(report.file) ? report.failed(readFileSync(report.file, "utf8")) : [];

const oneCheck = (passed: boolean): Counts => ({
  passed: passed ? 1 : 0,
  failed: passed ? 0 : 1,
  skipped: 0,
});

/** Counts of tests that were listed and not run. */
export function asSkipped({ passed, failed, skipped }: Counts): Counts {
  return { passed: 0, failed, skipped: passed + skipped };
}

/** The closing line of `npm test`. */
export const inWords = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
