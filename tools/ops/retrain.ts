/** Command line of `npm run retrain`: trains a model again where its YAML has a reason, for the `npm start` that runs here. */
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { dataEnv } from "../lib/data-env.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { runTraining } from "../lib/training-command.ts";
import { trainingEnv } from "../lib/training-env.ts";
import { openPlace, PLACE_OPTIONS } from "./place.ts";

const USAGE = `usage: npm run retrain -- --model NAME | --file YAML
  --model NAME       a model of the \`npm start\` that runs here; or
  --file YAML        the model YAML, whose 'retrain.when' states the reasons
  --data-dir DIR     the data folder of that \`npm start\` (default .slipway)
exit codes: 0 no reason, or a new champion; 2 the YAML or the data are refused; 3 the gate says no;
            4 a source, MLflow or the disk failed: run again`;

await runCommand(USAGE, async () => {
  const options = {
    ...PLACE_OPTIONS,
    model: { type: "string" },
    file: { type: "string" },
  } as const;
  const { values } = parseArgs({ options });
  const { model, file, stack, "data-dir": dataDir = ".slipway" } = values;
  if ((model === undefined) === (file === undefined)) {
    throw new Failure(`give --model or --file\n${USAGE}`, 2);
  }
  if (stack !== undefined) {
    const why = "a stack retrains by its schedule; leave --stack out, or use `npm run train`";
    throw new Failure(`--stack ${stack}: ${why}`, 2);
  }
  const place = await openPlace(values);
  const yaml = file ?? place.yamlOf(model ?? "");
  if (yaml === undefined) {
    throw new Failure(
      `--model ${model ?? ""}: this \`npm start\` has no such model; name its --file`,
      2,
    );
  }
  const predictions = path.resolve(dataDir, "predictions");
  await place.withMlflowEnv((env) =>
    runTraining(["retrain", yaml], {
      ...env,
      ...trainingEnv(ROOT),
      ...dataEnv(dataDir),
      PREDICTIONS: predictions,
    }),
  );
});
