/** Whose signatures an image must have, as `slipway:build.signedBy` says. */
export interface Signers {
  /** Public key as cosign takes it: a file, or an address of a KMS. */
  key?: string | undefined;
  /** Of keyless signatures: the identities that may have made one, each in full. */
  identities?: readonly string[] | undefined;
  /** Of keyless signatures: the OpenID provider that vouches for these identities. */
  issuer: string;
}

/** An image that somebody may have signed. */
export interface SignedImage {
  /** By digest, `<repository>@sha256:…`: a tag may have moved by the time that it is run. */
  image: string;
  /** The commit's tag under which it was deployed: a signature is for it, and an older image's is none under a newer tag. */
  tag: string;
}

/** What a signature says beside the digest. */
export function annotation(tag: string): string[] {
  return ["-a", `tag=${tag}`];
}

/** Arguments by which `cosign` looks for a good signature of an image. */
export function verifyArgs(signers: Signers, { image, tag }: SignedImage): string[] {
  return ["verify", ...annotation(tag), ...by(signers), image];
}

/** The same for a signed list of what it is made of. */
export function attestedArgs(signers: Signers, image: string): string[] {
  return ["verify-attestation", "--type", "cyclonedx", ...by(signers), image];
}

/**
 * A signature by key stands in no transparency log: a key has no end, unlike the certificate of a keyless one, whose time only
 * the log proves.
 */
function by({ key, identities = [], issuer }: Signers): string[] {
  if (key !== undefined) return ["--key", key, "--insecure-ignore-tlog"];
  const people = `^(${identities.map(literal).join("|")})$`;
  return ["--certificate-oidc-issuer", issuer, "--certificate-identity-regexp", people];
}

/** Why cosign failed, of all that it said. */
export function reasonIn(said: string): string {
  return /^Error: (.*)$/m.exec(said)?.[1] ?? said.trim();
}

/** What to say of an image that is not run. */
export function unsigned({ image, tag }: SignedImage, signers: Signers, said: string): string {
  return (
    `${image}, which is to run as ${tag}: no good signature by ${signersInWords(signers)} was found, as 'build.signedBy' asks for, so it is not run (cosign: ` +
    `${reasonIn(said)}). Where it is what another stack deployed, sign it there, from that commit: \`npm run sign -- --stack staging\`; ` +
    "else find out who pushed it (docs/ci.md#signatures)"
  );
}

/** The signers in words. */
export function signersInWords({ key, identities = [] }: Signers): string {
  return key === undefined ? identities.join(" or ") : `the key ${key}`;
}

/** What to do where there is no cosign. */
export const NO_COSIGN =
  "there is no `cosign` on the PATH, by which signatures are made and found: install version 3 (docs/ci.md#signatures)";

/** A text as a regular expression of Go's (RE2) that matches it alone. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
