/** Command line of `npm run adopt`: makes a version that a notebook logged one that serving loads. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { runTraining } from "../lib/training-command.ts";
import { trainingEnv } from "../lib/training-env.ts";
import { withSigningKey } from "./signing-key.ts";
import { openPlace, PLACE_OPTIONS, PLACE_USAGE } from "./place.ts";

const USAGE = `usage: npm run adopt -- [--stack NAME] --model NAME --version N --data FILE.csv [OPTIONS]
  --model NAME       the registered model that the notebook logged to
  --version N        its version: of scikit-learn, xgboost, lightgbm, catboost or ONNX
  --data FILE.csv    rows to prove it on: its features and, as its target, what it should have answered
  --yaml MODEL.yaml  instead of --data: says data, target, features, metrics and gate with the keys of a model YAML
  --target COLUMN    what it predicts (default: the only column that is no feature)
  --unseen           the model was not trained on these rows: they may judge it
  --floor METRIC=N   with --unseen: what the gate asks for; may be given several times
  --as NAME          registered model that gets the new version (default: --model)
  --yes              open the version although that runs its code, as of every pickle
  --allow-version-mismatch  open it with other versions of its libraries
${PLACE_USAGE}`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...PLACE_OPTIONS,
      model: { type: "string" },
      version: { type: "string" },
      data: { type: "string" },
      yaml: { type: "string" },
      target: { type: "string" },
      unseen: { type: "boolean" },
      floor: { type: "string", multiple: true },
      as: { type: "string" },
      yes: { type: "boolean" },
      "allow-version-mismatch": { type: "boolean" },
    },
  });
  const { stack, context, "data-dir": dataDir, ...own } = values;
  for (const needed of ["model", "version"] as const) {
    if (own[needed] === undefined) throw new Failure(`--${needed} is needed\n${USAGE}`, 2);
  }
  const place = await openPlace({ stack, context, "data-dir": dataDir });
  await place.needAwake();
  const adopt = (env: Record<string, string>) =>
    runTraining(["adopt", ...Object.entries(own).flatMap(words)], { ...trainingEnv(ROOT), ...env });
  const { environment } = place;
  await place.withMlflowEnv((mlflow) =>
    environment === undefined
      ? adopt(mlflow)
      : withSigningKey(environment, (signing) => adopt({ ...mlflow, ...signing })),
  );
});

/** An option as Python's argparse reads it. */
function words([option, value]: [string, string | boolean | string[]]): string[] {
  if (value === true) return [`--${option}`];
  return [value].flat().map((one) => `--${option}=${String(one)}`);
}
