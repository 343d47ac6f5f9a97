import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { asAccount, quoted } from "./lib/registry-login.ts";
import { type Registry, loginOf } from "./registry.ts";

export interface ImageIndexArgs {
  /** What it is pushed as: references by tag, of one repository. */
  tags: readonly [string, ...string[]];
  /** The image of each platform, which the registry has. */
  images: pulumi.Input<string>[];
  registry: Registry;
}

/**
 * One image for several platforms: an index of the image of each (OCI image specification 1.1, "Image Index"), of which a node
 * takes its own. Docker's own program makes it, `docker manifest`, as the engine builds for one platform at a time.
 *
 * @returns `<first tag>@sha256:…`: after an `up --target` that left it alone, that of before; under mocks the tag.
 */
export function imageIndex(
  name: string,
  { tags, images, registry }: ImageIndexArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const made = new local.Command(
    name,
    {
      create: pulumi.all(images).apply((sources) => script(tags, sources)),
      environment: { LOGIN: loginOf(registry) },
    },
    { parent },
  );
  // Made with a password, but no part of it.
  return pulumi.unsecret(made.stdout).apply((text) => text || tags[0]);
}

/** Makes and pushes the same index under each tag. */
function script(tags: readonly [string, ...string[]], images: readonly string[]): string {
  const pushes = tags.flatMap((tag) => [
    `docker manifest create ${quoted([tag, ...images])} > /dev/null`,
    `docker manifest push ${quoted([tag])} > "$DOCKER_CONFIG/pushed"`,
  ]);
  return asAccount(
    [
      "command -v docker > /dev/null || { echo 'build.platforms needs the program docker on the PATH' >&2; exit 1; }",
      ...pushes,
      `printf '%s@%s' ${quoted([tags[0]])} "$(tail -n 1 "$DOCKER_CONFIG/pushed")"`,
    ].join("\n"),
  );
}
