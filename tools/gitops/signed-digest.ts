import type { Signers } from "../../components/lib/cosign.ts";
import { imageParts } from "../../components/lib/image-names.ts";
import { type Cosign, needSigned } from "../lib/cosign.ts";

type DigestOf = (reference: string) => Promise<string | undefined>;

/** The same, of images that these signers have signed. @throws Failure with the remedy for any other. */
export function signedDigest(digestOf: DigestOf, cosign: Cosign, signers: Signers): DigestOf {
  return async (reference) => {
    const digest = await digestOf(reference);
    if (digest === undefined) return undefined;
    const { repository, tag = "" } = imageParts(reference);
    await needSigned(cosign, signers, { image: `${repository}@${digest}`, tag });
    return digest;
  };
}
