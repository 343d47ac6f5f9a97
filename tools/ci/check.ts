/** Command line of `npm run ci:check`: says what is missing for a stack before anything is touched. */
import { parseArgs } from "node:util";
import { Failure } from "../lib/failure.ts";
import { PURPOSES, checkSetup } from "./check-setup.ts";
import { runCommand } from "../lib/command.ts";

const USAGE = "usage: npm run ci:check -- --stack NAME [--for deploy|preview|plan]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      for: { type: "string", default: "deploy" },
    },
  });
  if (values.stack === undefined) throw new Failure("--stack is needed, e.g. --stack dev", 2);
  const purpose = PURPOSES.find((one) => one === values.for);
  if (purpose === undefined) throw new Failure(`--for ${values.for}: deploy, preview or plan`, 2);
  const problems = await checkSetup(values.stack, purpose);
  if (problems.length === 0) {
    process.stderr.write(`ready for stack ${values.stack}\n`);
    return;
  }
  const lines = problems.map((problem) => `  - ${problem}`).join("\n");
  throw new Failure(`stack ${values.stack}: ${problems.length} thing(s) are missing:\n${lines}`, 4);
});
