/** Command line of `npm run rollback`. */
import { parseArgs } from "node:util";
import { Failure } from "../lib/failure.ts";
import { runCommand } from "../lib/command.ts";
import { openEnvironment } from "../lib/stack/open-environment.ts";
import { openPlace, PLACE_OPTIONS, PLACE_USAGE } from "./place.ts";
import { rollbackImage } from "./rollback-image.ts";
import { rollbackModel } from "./rollback-model.ts";

const USAGE = `usage: npm run rollback -- [--stack NAME] --model MODEL [--to VERSION] [--reason TEXT]
       npm run rollback -- --stack NAME --image IMAGE [--to REFERENCE] [--reason TEXT]
  --model MODEL      move the alias champion back; every replica follows within 10 s
  --image IMAGE      run an earlier image: serving, ui, mlflow, seaweedfs or minio; pinned in the stack file
  --to               model: version; image: digest, tag or reference. By default the one before
  --here             image: deploy this checkout although another commit was deployed last
${PLACE_USAGE}`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...PLACE_OPTIONS,
      model: { type: "string" },
      image: { type: "string" },
      to: { type: "string" },
      reason: { type: "string" },
      here: { type: "boolean" },
    },
  });
  const { model, image, to, reason, here } = values;
  if ((model === undefined) === (image === undefined)) {
    throw new Failure(`give --model or --image\n${USAGE}`, 2);
  }
  if (image !== undefined && values.stack === undefined) {
    throw new Failure("--image is of a cluster: name its stack, e.g. --stack dev", 2);
  }
  if (model !== undefined) await rollbackModel(await openPlace(values), { model, to, reason });
  if (image !== undefined) {
    await rollbackImage(await openEnvironment(values), { image, to, reason, here });
  }
});
