import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { NO_COSIGN, type SignedImage, type Signers, unsigned, verifyArgs } from "./lib/cosign.ts";
import { asAccount, quoted } from "./lib/registry-login.ts";
import { type Registry, loginOf } from "./registry.ts";

/** The shell's exit code where there is no such program. */
const ABSENT = "127";

/**
 * An image that somebody else built, once cosign has found a signature of these signers on it. It is asked in a preview too.
 *
 * @param signers of whom one must have signed it; undefined: nobody need have.
 * @returns its reference by digest.
 * @throws where there is none, and nothing runs the image; where there is no cosign, a preview says so and goes on.
 */
export function signedReference(
  { image, tag }: SignedImage,
  signers: Signers | undefined,
  registry: Registry | undefined,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  if (signers === undefined) return pulumi.output(image);
  const login = new Promise<string>((resolve) => {
    pulumi.output(loginOf(registry)).apply(resolve);
  });
  const command = script(verifyArgs(signers, { image, tag }));
  const checked = login
    .then((LOGIN) =>
      local.run({ command, environment: { LOGIN }, logging: local.Logging.None }, { parent }),
    )
    .then(({ stdout, stderr }) => judged({ image, tag }, stdout, stderr, signers));
  // A promise, as the one that looks the digest up: an `apply` that throws below a stack's output keeps Pulumi waiting for ever.
  return pulumi.output(checked);
}

function judged(signed: SignedImage, code: string, said: string, signers: Signers): string {
  const { image } = signed;
  if (code === "0") return image;
  if (code === ABSENT) {
    const message = `${image} is not known to be signed: ${NO_COSIGN}`;
    if (!pulumi.runtime.isDryRun()) throw new Error(message);
    void pulumi.log.warn(message);
    return image;
  }
  throw new Error(unsigned(signed, signers, said));
}

/** Its exit code is the output, so that what cosign says is kept apart. */
function script(args: readonly string[]): string {
  return asAccount(`code=0; cosign ${quoted(args)} > /dev/null || code=$?; printf %s "$code"`);
}
