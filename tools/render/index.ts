import { parseArgs } from "node:util";
import { renderStack } from "./manifests.ts";
import { writeRendering } from "./write.ts";

const USAGE = "npm run render -- --stack NAME --out DIR";

/** `npm run render`: writes what the program describes as files, without any engine or cluster. */
try {
  const { stack, out } = parseArgs({
    options: { stack: { type: "string" }, out: { type: "string" } },
  }).values;
  if (stack === undefined || out === undefined)
    throw new Error(`--stack and --out are needed: ${USAGE}`);
  const rendering = await renderStack(stack);
  const files = await writeRendering(out, rendering);
  const { secrets, images } = rendering;
  process.stdout.write(
    `${files.length} objects in ${out}; secrets.json lists ${secrets.templates.length} Secrets to create first, ` +
      `images.json ${images.length} images\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
