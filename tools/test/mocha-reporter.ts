import { writeFileSync } from "node:fs";
import Mocha from "mocha";

const { EVENT_RUN_END } = Mocha.Runner.constants;

/** mocha's `spec`, which also writes mocha's own counts as JSON to the file of `--reporter-option output=FILE`. */
export default class MochaReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.reporters.XUnit.MochaOptions) {
    super(runner, options);
    const output = options.reporterOptions?.output;
    if (output === undefined) throw new Error("say the file: --reporter-option output=FILE");
    // At once: with `exit` mocha ends its process right after.
    runner.once(EVENT_RUN_END, () => {
      writeFileSync(output, JSON.stringify(this.stats));
    });
  }
}
