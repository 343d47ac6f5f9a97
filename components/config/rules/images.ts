import { majorOf } from "../../lib/image-names.ts";
import { imagesOf } from "../../lib/image-sources.ts";
import { type Rule, rule, when } from "./rule.ts";

/** Where images come from, and which. */
export const imageRules: Rule[] = [
  rule(["registry", "cluster"], ({ registry, cluster }, { clone }) =>
    when(
      clone && registry === undefined && cluster === "remote",
      "registry",
      "is missing, and a remote cluster pulls images from one: set host and prefix, or 'cluster: local' for a sandbox",
    ),
  ),

  rule(["registry"], ({ registry }) =>
    when(
      (registry?.username === undefined) !== (registry?.password === undefined),
      "registry",
      "needs username and password together, or neither for a registry that asks for none",
    ),
  ),

  rule(["pins", "objectStore"], ({ pins, objectStore }, { clone }) =>
    imagesOf(objectStore.kind).flatMap((name) =>
      when(
        !clone && pins[name] === undefined,
        `pins.${name}`,
        "is missing: without a clone no image is built. Name one as <repository>:<tag>@sha256:…, as 'pulumi stack output pins' of a clone " +
          "prints it, or give 'checkout', the folder of a clone to build from",
      ),
    ),
  ),

  rule(["registry", "build"], ({ registry, build }) =>
    when(
      registry === undefined && build.promote,
      "build.promote",
      "needs 'registry', from which the images of the other stack come: set host and prefix",
    ),
  ),

  rule(["build"], ({ build: { signedBy } }) =>
    when(
      signedBy !== undefined &&
        (signedBy.key === undefined) === (signedBy.identities === undefined),
      "build.signedBy",
      "needs either 'key' or 'identities': write a public key, or who signs without one",
    ),
  ),

  rule(["build"], ({ build: { sign, signedBy, promote } }) => [
    ...when(
      sign !== undefined && promote,
      "build.sign",
      "has nothing to sign, as 'build.promote' builds nothing: the stack that builds the images signs them",
    ),
    ...when(
      sign !== undefined && signedBy === undefined,
      "build.sign",
      "needs 'build.signedBy', which says whose signatures count: they are looked for before an image is signed, and afterwards",
    ),
    ...when(
      sign !== undefined &&
        signedBy !== undefined &&
        (sign === "keyless") !== (signedBy.identities !== undefined),
      "build.sign",
      "and 'build.signedBy' do not go together: 'keyless' with 'identities', a private key with the 'key' that belongs to it",
    ),
  ]),

  rule(["registry", "build"], ({ registry, build }) =>
    when(
      registry === undefined && build.sign !== undefined,
      "build.sign",
      "needs 'registry', where signatures lie beside the images: set host and prefix",
    ),
  ),

  rule(["registry", "build"], ({ registry, build: { platforms } }) => [
    ...when(
      registry === undefined && platforms !== undefined,
      "build.platforms",
      "needs 'registry', as only a registry holds an image of several platforms: set host and prefix, or write 'platform'",
    ),
    ...when(
      platforms !== undefined && new Set(platforms).size < platforms.length,
      "build.platforms",
      `(${platforms?.join(", ") ?? ""}) names one twice: remove it`,
    ),
  ]),

  rule(["pins", "build"], ({ pins, build }) =>
    Object.entries(pins).flatMap(([name, pin]) =>
      when(
        build.signedBy !== undefined && pin !== undefined && !pin.includes("@"),
        `pins.${name}`,
        `(${pin ?? ""}) has no digest, and only a digest is signed: write <repository>:<tag>@sha256:…, as 'npm run history' shows it`,
      ),
    ),
  ),

  rule(["images", "database"], ({ images, database }) =>
    when(
      database.kind === "bundled" && majorOf(images.postgres) === undefined,
      "images.postgres",
      `(${images.postgres}) must carry its version, such as postgres:18.6-bookworm: its first number names the data's folder`,
    ),
  ),
];
