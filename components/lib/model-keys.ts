import { createHash, createPrivateKey, createPublicKey } from "node:crypto";

/** What a private key of Ed25519 begins with in DER, before its 32 bytes (RFC 8410, 7). */
const PRIVATE = Buffer.from("302e020100300506032b657004220420", "hex");
const BYTES = 32;

/**
 * The public key that belongs to a text which signs models, base64 of its 32 bytes. The private key is the text's SHA-256, as
 * training/src/training/signing.py has it.
 */
export function publicKeyOf(text: string): string {
  const seed = createHash("sha256").update(text).digest();
  const key = createPrivateKey({
    key: Buffer.concat([PRIVATE, seed]),
    format: "der",
    type: "pkcs8",
  });
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return der.subarray(-BYTES).toString("base64");
}

/** Why a text is no public key, as the end of a sentence about it. */
export function publicKeyProblem(text: string): string | undefined {
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  return "is no public key: write the 44 characters that `pulumi stack output modelKeys` prints, or that stand behind 'key:' in a version's MLmodel.sig";
}
