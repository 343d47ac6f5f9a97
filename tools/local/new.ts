/** Command line of `npm run new`: drafts a model YAML for a CSV file, by training's own reading of it. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { Failure } from "../lib/failure.ts";
import { runTraining } from "../lib/training-command.ts";

const USAGE = `usage: npm run new -- --data FILE.csv --target COLUMN [--out MODEL.yaml] [--name NAME]
  --data FILE.csv    the table, as your program saved it
  --target COLUMN    what is to be predicted; without it, the columns are listed
  --out MODEL.yaml   where to write the draft (default: beside the data)
  --name NAME        of the model (default: the file's name, and -model)`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      target: { type: "string" },
      out: { type: "string" },
      name: { type: "string" },
    },
  });
  if (values.data === undefined) throw new Failure(`--data is needed\n${USAGE}`, 2);
  const words = Object.entries(values).map(([option, value]) => `--${option}=${value}`);
  await runTraining(["new", ...words]);
});
