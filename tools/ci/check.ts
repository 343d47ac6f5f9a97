/** Command line of `npm run ci:check`: says what is missing for a stack before anything is touched. */
import { parseArgs } from "node:util";
import { Failure } from "../local/failure.ts";
import { checkSetup } from "./check-setup.ts";
import { command } from "./command.ts";

await command(async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      // The commit becomes an image's name: it must be one that others can find.
      pushed: { type: "boolean" },
    },
  });
  if (values.stack === undefined) throw new Failure("--stack is needed, e.g. --stack dev", 2);
  const problems = await checkSetup(values.stack, values.pushed === true);
  if (problems.length === 0) {
    process.stderr.write(`ready for stack ${values.stack}\n`);
    return;
  }
  const lines = problems.map((problem) => `  - ${problem}`).join("\n");
  throw new Failure(`stack ${values.stack}: ${problems.length} thing(s) are missing:\n${lines}`, 4);
});
