/** Command line of `npm run sbom`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { LISTED, writeBom } from "./boms.ts";

const USAGE = `usage: npm run sbom [-- --out FOLDER]
Writes what each image of ours is built from, by its lock file, as CycloneDX: FOLDER/slipway-<image>.cdx.json.
  --out FOLDER   where to (default: sbom)`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { out: { type: "string", default: "sbom" } } });
  for (const image of LISTED) {
    const { file, packages, tag } = await writeBom(image, values.out);
    tell(`${file}: ${packages} packages of version ${tag}`);
  }
});
