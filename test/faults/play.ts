import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import type { Python } from "../../tools/lib/python.ts";
import { junitCases } from "../../tools/test/junit.ts";
import type { Outcome } from "./outcome.ts";
import type { Row, Suite } from "./written.ts";

/** One test of a runner's report. */
interface Played {
  /** Full title, or a function's name with its parameters. */
  title: string;
  seconds: number;
  /** What failed. */
  failed?: string;
  skipped?: boolean;
}

/** Plays the rows of one file of tests, and says what became of each. */
export async function play(
  file: string,
  rows: readonly Row[],
  python: Python,
): Promise<(Pick<Outcome, "result" | "said" | "tests" | "seconds"> & { row: Row })[]> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-faults-"));
  try {
    const report = join(folder, "report");
    const suite = rows[0]?.suite ?? "platform";
    const argv =
      suite === "training" ? pytest(python, file, rows, report) : mocha(suite, file, report);
    const [program, args, cwd] = argv;
    const env = { ...python.env, SLIPWAY_ALL_TESTS: "1", SLIPWAY_PYTHON: python.interpreter };
    const { all } = await execa(program, args, { cwd, env, reject: false, all: true });
    const read = suite === "training" ? junit : json;
    const played = read(readFileSync(report, "utf8"));
    return rows.map((row) => ({ row, ...outcomeOf(row, played, all) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Command = [program: string, args: string[], cwd: string];

function mocha(suite: Suite, file: string, report: string): Command {
  const cwd = suite === "serving" ? join(ROOT, "serving") : ROOT;
  const config = suite === "cluster" ? ["--config", "test/cluster/.mocharc.json"] : [];
  const output = ["--reporter", "json", "--reporter-option", `output=${report}`];
  // As a whole: a test may go on where the one before ended.
  const args = [...config, ...output, join(ROOT, file)];
  return [join(ROOT, "node_modules", ".bin", "mocha"), args, cwd];
}

function pytest(
  { interpreter }: Python,
  file: string,
  rows: readonly Row[],
  report: string,
): Command {
  const ids = rows.map(({ test }) => `${join(ROOT, file)}::${test}`);
  return [
    interpreter,
    ["-m", "pytest", "-q", `--junitxml=${report}`, ...ids],
    join(ROOT, "training"),
  ];
}

function json(text: string): Played[] {
  const { tests, pending, failures } = JSON.parse(text) as Record<
    "tests" | "pending" | "failures",
    { fullTitle: string; duration?: number; err: { message?: string } }[]
  >;
  const skipped = new Set(pending.map(({ fullTitle }) => fullTitle));
  const known = new Set(tests.map(({ fullTitle }) => fullTitle));
  // A hook that failed is no test, and keeps those behind it from running.
  const hooks = failures.filter(({ fullTitle }) => !known.has(fullTitle));
  return [...tests, ...hooks].map(({ fullTitle, duration = 0, err }) => ({
    title: fullTitle,
    seconds: duration / 1000,
    skipped: skipped.has(fullTitle),
    ...(err.message === undefined ? {} : { failed: err.message }),
  }));
}

function junit(text: string): Played[] {
  return junitCases(text).map(({ name, ...one }) => ({ title: name, ...one }));
}

function outcomeOf(
  { test }: Row,
  played: readonly Played[],
  output: string,
): Pick<Outcome, "result" | "said" | "tests" | "seconds"> {
  const mine = played.filter(({ title }) => title.startsWith(test));
  const seconds = mine.reduce((sum, one) => sum + one.seconds, 0);
  const counts = { tests: mine.length, seconds };
  const failed = mine.find((one) => one.failed !== undefined);
  if (failed) return { ...counts, result: "failed", said: failed.failed ?? "" };
  if (mine.length === 0) {
    // A hook that failed, or a suite that said why it cannot run.
    const reason = /cannot (?:run|be played)[^\n]*|no \w[^\n]*skipped[^\n]*/.exec(output)?.[0];
    const hook = played.find((one) => one.failed !== undefined);
    if (hook) return { ...counts, result: "failed", said: `${hook.title}: ${hook.failed ?? ""}` };
    return { ...counts, result: "skipped", said: reason ?? "no test ran" };
  }
  if (mine.every((one) => one.skipped)) {
    return { ...counts, result: "skipped", said: "cannot run here" };
  }
  return { ...counts, result: "passed" };
}
