/** Command line of `npm run sign`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { imageRevision, imagesOf } from "../../components/lib/image-sources.ts";
import { runCommand } from "../lib/command.ts";
import { withCosign } from "../lib/cosign.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { findPulumi } from "../lib/pulumi-cli.ts";
import { hintOf } from "../lib/stack/pulumi-up.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { stackLogin } from "../lib/stack/registry-login.ts";
import { tell } from "../lib/tell.ts";
import { LISTED, writeBom } from "./boms.ts";
import { signable, signImages } from "./sign-images.ts";

const USAGE = `usage: npm run sign -- --stack NAME
Signs the images that this commit's deployment pushed, as slipway:build.sign says, and attaches what each is built from (npm run sbom).
An image that has a good signature is left as it is. A stack without slipway:build.sign signs nothing.`;

await runCommand(USAGE, async () => {
  const { stack } = parseArgs({ options: { stack: { type: "string" } } }).values;
  if (stack === undefined) throw new Failure("--stack is needed, e.g. --stack staging", 2);
  const { build, registry, pins, objectStore } = readStack(stack);
  const { sign, signedBy } = build;
  if (sign === undefined || signedBy === undefined || registry === undefined) {
    // No failure: a pipeline calls this for every stack.
    tell(`${stack}: slipway:build.sign is not set: nothing to sign (docs/ci.md#signatures)`);
    return;
  }
  const names = imagesOf(objectStore.kind);
  const tags = Object.fromEntries(names.map((name) => [name, imageRevision(ROOT, name).tag]));
  const pinned = names.filter((name) => pins[name] !== undefined);
  const { images, others } = signable(await deployedPins(stack), pinned, tags);
  for (const line of others) tell(line);
  const folder = await mkdtemp(join(tmpdir(), "slipway-sign-"));
  const bomOf = async (image: string) => {
    const listed = LISTED.find((name) => name === image);
    return listed && (await writeBom(listed, folder)).file;
  };
  try {
    await withCosign(registry.host, await stackLogin(stack), (cosign) =>
      signImages(images, { sign, signedBy }, cosign, bomOf, folder, tell),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Images of the last `up`. @throws Failure where the state does not say. */
async function deployedPins(stack: string): Promise<Record<string, string>> {
  const pulumi = await findPulumi();
  if (pulumi === undefined) {
    throw new Failure("there is no Pulumi CLI on the PATH and none can be fetched: install it");
  }
  const args = ["stack", "output", "pins", "--json", "--stack", stack, "--non-interactive"];
  const got = await execa(pulumi, args, { cwd: ROOT, stdin: "ignore", reject: false });
  if (!got.failed) return JSON.parse(got.stdout) as Record<string, string>;
  throw new Failure(
    `the state of ${stack} does not say what it runs: ${hintOf(got.stderr) ?? `${got.stderr}; deploy it first`}`,
  );
}
