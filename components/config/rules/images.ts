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

  rule(["images", "database"], ({ images, database }) =>
    when(
      database.kind === "bundled" && majorOf(images.postgres) === undefined,
      "images.postgres",
      `(${images.postgres}) must carry its version, such as postgres:18.6-bookworm: its first number names the data's folder`,
    ),
  ),
];
