/** Command line of `npm run render`: writes what the program describes as files, without any engine or cluster. */
import { parseArgs } from "node:util";
import { Failure } from "../lib/failure.ts";
import { runCommand } from "../lib/command.ts";
import { renderStack } from "../lib/program/manifests.ts";
import { rawStack } from "../lib/stack/stack-file.ts";
import { writeRendering } from "../lib/program/write.ts";

const USAGE = "usage: npm run render -- --stack NAME --out DIR [--config-file FILE]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      out: { type: "string" },
      // As `pulumi up --config-file`: configuration that is not the repository's.
      "config-file": { type: "string" },
    },
  });
  const { stack, out } = values;
  if (!stack || !out) throw new Failure(`--stack and --out are needed\n${USAGE}`, 2);
  const rendering = await renderStack(stack, rawStack(stack, values["config-file"]));
  const files = await writeRendering(out, rendering);
  const { secrets, images } = rendering;
  process.stdout.write(
    `${files.length} objects in ${out}; secrets.json lists ${secrets.templates.length} Secrets to create first, ` +
      `images.json ${images.length} images\n`,
  );
});
