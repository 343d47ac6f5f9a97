import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { Image } from "./image.ts";
import { signedReference } from "./image-signature.ts";
import { GitError, headOf } from "./lib/git.ts";
import { type ImageReference, parseReference } from "./lib/image-reference.ts";
import {
  type ByImage,
  IMAGE_SOURCES,
  type ImageName,
  imageRevision,
  imagesOf,
} from "./lib/image-sources.ts";
import { registryReader } from "./registry.ts";

/** An image of our own. */
export interface PlatformImage extends ImageReference {
  /** What `slipway:pins` takes to run this very image again. */
  pin: pulumi.Input<string>;
}

/** The images of our own, by what they run; that of an object store only where it runs. */
export type PlatformImages = ByImage<PlatformImage>;

/**
 * Every image of our own, each built from its folder below `checkout` and named after the last commit that touched it.
 *
 * @throws pulumi.RunError where git does not say which commit that is.
 */
export function builtImages(
  { registry, build, pins, objectStore }: StackConfig,
  checkout: string,
  parent: pulumi.Resource,
): PlatformImages {
  const { args: buildArgs, platform, platforms, network, signedBy } = build;
  const head = fromGit(() => headOf(checkout));
  const promote = build.promote && registry ? registryReader(registry, parent) : undefined;
  const common = {
    ...{ registry, promote, signedBy, head },
    ...{ platform, platforms, buildArgs, network },
  };
  const image = (name: ImageName) => {
    // Relative to where Pulumi runs: an absolute path would make another image on another machine.
    const context = join(relative("", checkout), IMAGE_SOURCES[name].context);
    const revision = fromGit(() => imageRevision(checkout, name));
    return new Image(name, { context, revision, pin: pins[name], ...common }, { parent });
  };
  return byName(objectStore, image);
}

/** The images that `pins` names, for a program that builds none. @throws Error where a rule of the configuration let one be missing. */
export function givenImages(
  { pins, objectStore, registry, build }: StackConfig,
  parent: pulumi.Resource,
): PlatformImages {
  const { signedBy } = build;
  const given = (name: ImageName): PlatformImage => {
    const pin = pins[name];
    if (pin === undefined) throw new Error(`'pins.${name}' is missing`);
    const parts = parseReference(pin);
    const signed = { image: parts.reference, tag: parts.tag };
    return { ...parts, reference: signedReference(signed, signedBy, registry, parent), pin };
  };
  return byName(objectStore, given);
}

function byName(
  { kind }: StackConfig["objectStore"],
  image: (name: ImageName) => PlatformImage,
): PlatformImages {
  return Object.fromEntries(imagesOf(kind).map((name) => [name, image(name)])) as PlatformImages;
}

/** Pulumi shows a person the message of a `RunError` alone, of any other error the trace as well. */
function fromGit<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof GitError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
