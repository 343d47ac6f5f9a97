/** Command line of `npm run pin:images`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { Failure } from "../lib/failure.ts";
import { readStackKey } from "../lib/stack/read-stack.ts";
import { editStackFile, PROJECT, stackFile } from "../lib/stack/stack-file.ts";
import { pinsOf } from "./pins.ts";
import { type Account, registryDigest } from "./registry-digest.ts";

const USAGE = `usage: npm run pin:images -- --stack NAME [--check]
Writes the digest that each image of others (slipway:images) has under its tag now into the stack file.
  --check   write nothing; exit code 1 where one has no digest, or its tag has another one now
SLIPWAY_REGISTRY_USERNAME and SLIPWAY_REGISTRY_PASSWORD are the account of a registry that wants one.`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: { stack: { type: "string" }, check: { type: "boolean", default: false } },
  });
  const { stack, check } = values;
  if (stack === undefined) throw new Failure("--stack is needed, e.g. --stack prod", 2);
  const file = stackFile(stack);
  const account = accountOf(process.env);
  const { changed, lines } = await pinsOf(readStackKey("images", file), (image) =>
    registryDigest(image, account),
  );
  for (const line of lines) tell(line);
  if (Object.keys(changed).length === 0) return;
  if (check) {
    throw new Failure(
      `not pinned as they are now: ${Object.keys(changed).join(", ")}; npm run pin:images -- --stack ${stack} writes them`,
    );
  }
  const settings: Record<string, string> = {};
  for (const [name, image] of Object.entries(changed)) {
    settings[`${PROJECT}:images.${name}`] = image;
  }
  editStackFile(file, settings);
  tell(`written to Pulumi.${stack}.yaml; npm run preview -- --stack ${stack} shows what changes`);
});

function accountOf(env: NodeJS.ProcessEnv): Account | undefined {
  const { SLIPWAY_REGISTRY_USERNAME: username, SLIPWAY_REGISTRY_PASSWORD: password } = env;
  return username === undefined || password === undefined ? undefined : { username, password };
}
