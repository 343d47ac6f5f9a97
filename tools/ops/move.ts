/** Command line of `npm run move`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { Failure } from "../lib/failure.ts";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { moveData } from "./move/move-data.ts";
import { SUBJECTS } from "./move/places.ts";

const USAGE = `usage: npm run move -- database|artifacts --stack NAME [OPTIONS]
Copies MLflow's database, or models and artifacts, from where they are to where the stack file says, and compares both.
Predictions go on; MLflow stands still from here to the deployment that follows. Nothing is deleted at the old place.
  --yes            do not ask
  --force          suspend a training that runs; it begins anew after the deployment
  --overwrite      let what is at the new place already go, where the old one has the same tables or keys
  --context NAME   context of the kubeconfig, where the stack file names none`;

await runCommand(USAGE, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...STACK_OPTIONS,
      yes: { type: "boolean" },
      force: { type: "boolean" },
      overwrite: { type: "boolean" },
    },
  });
  const [named, ...more] = positionals;
  const subject = SUBJECTS.find((one) => one === named);
  if (subject === undefined || more.length > 0) {
    const given = positionals.join(" ") || "nothing";
    throw new Failure(`name one of ${SUBJECTS.join(", ")}; ${given} was named\n${USAGE}`, 2);
  }
  const { yes = false, force = false, overwrite = false } = values;
  await moveData(await openEnvironment(values), subject, { yes, force, overwrite });
});
