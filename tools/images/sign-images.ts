import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  annotation,
  attestedArgs,
  reasonIn,
  type SignedImage,
  type Signers,
  signersInWords,
  verifyArgs,
} from "../../components/lib/cosign.ts";
import type { Cosign } from "../lib/cosign.ts";
import { Failure } from "../lib/failure.ts";

/** How images are signed, as `slipway:build` says. */
export interface Signing {
  /** `keyless`, or a private key as cosign takes it. */
  sign: string;
  /** Whose signatures count. */
  signedBy: Signers;
}

/** Images of a deployment that are signed from this checkout, and a line for each of the others that says why not. */
export interface Signable {
  /** By name. */
  images: Record<string, SignedImage>;
  others: string[];
}

/**
 * Of the images of a deployment those that it built from this checkout.
 *
 * @param deployed as `up` put them into the stack's output `pins`, `<repository>:<tag>@sha256:…`: what was pushed, and not what
 * the registry has under a tag by now. @param pinned names of those that the stack file pins. @param tags of this checkout.
 */
export function signable(
  deployed: Readonly<Record<string, string>>,
  pinned: readonly string[],
  tags: Readonly<Record<string, string>>,
): Signable {
  const found: Signable = { images: {}, others: [] };
  for (const [name, pin] of Object.entries(deployed)) {
    const [, repository, tag, digest] = /^(.+):([^:/@]+)@(sha256:[0-9a-f]{64})$/.exec(pin) ?? [];
    if (repository === undefined || tag === undefined) {
      found.others.push(`${name}: ${pin} has no digest, as no registry has it`);
    } else if (pinned.includes(name)) {
      found.others.push(`${name}: pinned to ${pin}, which an earlier deployment signed`);
    } else if (tag !== tags[name]) {
      found.others.push(`${name}: ${pin} is of another commit than this checkout, and stays`);
    } else {
      found.images[name] = { image: `${repository}@${digest}`, tag };
    }
  }
  return found;
}

/**
 * Signs each image that has no good signature yet, and attaches what it is built from.
 *
 * @param bomOf file with what an image is made of, as CycloneDX; undefined for one without a lock. @param folder for files of
 * cosign's. @param say is given a line for each image.
 * @throws Failure where cosign cannot, or signs as somebody whom `signedBy` does not name.
 */
export async function signImages(
  images: Readonly<Record<string, SignedImage>>,
  { sign, signedBy }: Signing,
  cosign: Cosign,
  bomOf: (name: string) => Promise<string | undefined>,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  const means = await meansOf(sign, folder);
  for (const [name, signed] of Object.entries(images)) {
    const { image, tag } = signed;
    const bom = await bomOf(name);
    const wanted = [
      verifyArgs(signedBy, signed),
      ...(bom === undefined ? [] : [attestedArgs(signedBy, image)]),
    ];
    if ((await missing(cosign, wanted)) === undefined) {
      say(`${name}: ${image} is signed already`);
      continue;
    }
    await need(cosign, ["sign", ...means, ...annotation(tag), image]);
    const list = ["--type", "cyclonedx", "--predicate", bom ?? ""];
    if (bom !== undefined) await need(cosign, ["attest", ...means, ...list, image]);
    const said = await missing(cosign, wanted);
    if (said !== undefined) {
      throw new Failure(
        `${image} was signed, but not by ${signersInWords(signedBy)}: correct 'build.signedBy' or 'build.sign' (cosign: ${reasonIn(said)})`,
      );
    }
    say(`${name}: ${image} is signed${bom === undefined ? "" : ", with what it is made of"}`);
  }
}

/** What cosign said of the first of these questions that it answered with no; undefined where there is none. */
async function missing(cosign: Cosign, asked: string[][]): Promise<string | undefined> {
  for (const args of asked) {
    const { failed, said } = await cosign(args);
    if (failed) return said;
  }
  return undefined;
}

/** What cosign signs with. Without a key it asks Sigstore's public servers; with one it asks nobody, and no log learns of the image. */
async function meansOf(sign: string, folder: string): Promise<string[]> {
  if (sign === "keyless") return ["--yes"];
  // As `cosign signing-config create` makes it for no service at all.
  const config = { mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json" };
  const file = join(folder, "signing-config.json");
  await writeFile(file, JSON.stringify(config));
  return ["--yes", "--key", sign, "--signing-config", file];
}

async function need(cosign: Cosign, args: readonly string[]): Promise<void> {
  const { failed, said } = await cosign(args);
  if (!failed) return;
  const why = reasonIn(said);
  const remedy = REMEDIES.find(([about]) => about.test(why))?.[1];
  throw new Failure(
    `\`cosign ${args[0] ?? ""}\` of ${args.at(-1) ?? ""} failed: ${why}${remedy === undefined ? "" : `\n${remedy}`}`,
  );
}

const REMEDIES: [RegExp, string][] = [
  [
    /decrypt|password|COSIGN_PASSWORD/i,
    "a key that cosign made is opened by COSIGN_PASSWORD (docs/ci.md#signatures)",
  ],
  [
    /UNAUTHORIZED|DENIED|authentication required|40[13]/i,
    "signatures are pushed beside the images: the account of 'registry' needs the right to push there",
  ],
  [
    /OIDC|ambient|id.?token|oauth|TUF/i,
    "'keyless' needs a job's own identity, in GitHub Actions `permissions: { id-token: write }`, and the internet; elsewhere sign by a key",
  ],
];
