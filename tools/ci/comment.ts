/** Command line of `npm run ci:comment`: posts a text on a pull request, or updates the one posted before. */
import { parseArgs } from "node:util";
import { Failure } from "../lib/failure.ts";
import { readInput, runCommand } from "../lib/command.ts";
import { Forge, LONGEST_COMMENT } from "./forge.ts";

const USAGE = "usage: npm run ci:comment -- --file comment.md --pull-request NUMBER";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: { file: { type: "string" }, "pull-request": { type: "string" } },
  });
  const number = Number(values["pull-request"]);
  if (values.file === undefined || !Number.isInteger(number) || number < 1) {
    throw new Failure(`--file and --pull-request (a number) are needed\n${USAGE}`, 2);
  }
  const text = await readInput("--file", values.file);
  if (!text.startsWith("<!-- slipway ")) {
    throw new Failure(
      `${values.file}: its first line is no mark such as <!-- slipway preview dev -->`,
      2,
    );
  }
  if (text.length > LONGEST_COMMENT) {
    throw new Failure(
      `${values.file} has ${text.length} characters; a comment holds ${LONGEST_COMMENT}: shorten it`,
    );
  }
  const done = await new Forge().comment(number, text);
  process.stderr.write(`comment on pull request ${number} ${done}\n`);
});
