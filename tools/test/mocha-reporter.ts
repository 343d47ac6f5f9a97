import { writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import Mocha from "mocha";

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END } = Mocha.Runner.constants;

/** How many of the slowest files are named. */
const SLOWEST = 10;

/** Files that take less are not named, in seconds. */
const SLOW = 10;

/**
 * mocha's `spec`, which also writes mocha's own counts and the failed tests as JSON to the file of `--reporter-option output=FILE`, and
 * names the files that took longest, hooks included, as people wait for them.
 */
export default class MochaReporter extends Mocha.reporters.Spec {
  readonly #seconds = new Map<string, number>();

  constructor(runner: Mocha.Runner, options: Mocha.reporters.XUnit.MochaOptions) {
    super(runner, options);
    const output = options.reporterOptions?.output;
    if (output === undefined) throw new Error("say the file: --reporter-option output=FILE");
    let begun = performance.now();
    runner.on(EVENT_SUITE_BEGIN, ({ parent }) => {
      if (parent?.root) begun = performance.now();
    });
    runner.on(EVENT_SUITE_END, ({ parent, file }) => {
      if (!parent?.root || file === undefined) return;
      const seconds = (performance.now() - begun) / 1000;
      this.#seconds.set(file, (this.#seconds.get(file) ?? 0) + seconds);
    });
    // At once: with `exit` mocha ends its process right after.
    runner.once(EVENT_RUN_END, () => {
      const failed = this.failures.map((test) => ({
        title: `${path.relative(process.cwd(), test.file ?? "")} ${test.fullTitle()}`,
        said: test.err?.message ?? "",
      }));
      writeFileSync(output, JSON.stringify({ ...this.stats, failed }));
    });
  }

  override epilogue(): void {
    super.epilogue();
    const slow = [...this.#seconds].filter(([, seconds]) => seconds >= SLOW);
    const slowest = slow.sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
    for (const [file, seconds] of slowest) {
      process.stdout.write(`  ${seconds.toFixed(0)} s  ${path.relative(process.cwd(), file)}\n`);
    }
  }
}
