/** Command line of `npm run compare`. */
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { Failure } from "../lib/failure.ts";
import { comparePackages, describePackages } from "./compare-rows.ts";
import { chooseVersions, compareVersions } from "./compare-versions.ts";
import { openPlace, PLACE_OPTIONS, PLACE_USAGE } from "./place.ts";

const USAGE = `usage: npm run compare -- [--stack NAME] --model MODEL [VERSION VERSION] [--yaml FILE] [--json]
  --model MODEL      two of its versions side by side: figures, parameters, data, what the gate said,
                     importance of the features, curves, and the test rows that are answered otherwise
  VERSION VERSION    by default the champion and the newest other version
  --yaml FILE        the model's YAML, beside its data (default: that of the loop or of the checkout)
  --json             for a program
${PLACE_USAGE}`;

await runCommand(USAGE, async () => {
  const options = {
    ...PLACE_OPTIONS,
    model: { type: "string" },
    yaml: { type: "string" },
    json: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const { model, "data-dir": dataDir = ".slipway" } = values;
  if (model === undefined) throw new Failure(`--model is needed\n${USAGE}`, 2);
  const [first, second, ...more] = positionals;
  if ((first === undefined) !== (second === undefined) || more.length > 0) {
    throw new Failure(`give two versions, or none\n${USAGE}`, 2);
  }
  const place = await openPlace(values);
  await place.needAwake();
  await place.withRegistry(async (registry) => {
    const { aliases } = await registry.model(model);
    const versions = await registry.versions(model);
    const wanted = first === undefined || second === undefined ? undefined : [first, second];
    const chosen = chooseVersions(model, versions, aliases["champion"], wanted);
    const sides = await Promise.all(
      chosen.map(async (version) => ({
        version,
        aliases: Object.keys(aliases).filter((alias) => aliases[alias] === version.version),
        run: await registry.run(version.run),
      })),
    );
    const numbers = chosen.map(({ version }) => version);
    const found = await comparePackages(registry, model, chosen, {
      yaml: values.yaml ?? place.yamlOf(model),
      curves: path.resolve(dataDir, "compare", `${model}-${numbers.join("-")}.png`),
      data: dataDir,
    });
    if (values.json === true) tell(JSON.stringify({ model, versions: sides, ...found }));
    else tell(`${compareVersions(model, sides)}\n${describePackages(chosen, found)}`);
    if (values.yaml !== undefined && "reason" in found.rows) {
      throw new Failure(`--yaml ${values.yaml}: ${found.rows.reason}`, 2);
    }
  });
});
