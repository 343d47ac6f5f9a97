import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { Image } from "./image.ts";
import { GitError, headOf } from "./lib/git.ts";
import { IMAGE_SOURCES, type ImageName, imageRevision } from "./lib/image-sources.ts";
import { registryReader } from "./registry.ts";

/** The images that we build, by what they run. */
export type PlatformImages = Record<ImageName, Image>;

/**
 * Every image of our own, each named after the last commit that touched its folder below `root`.
 *
 * @throws pulumi.RunError where git does not say which commit that is.
 */
export function platformImages(
  root: string,
  { registry, build, pins }: StackConfig,
): PlatformImages {
  const { args: buildArgs, platform, network } = build;
  const head = fromGit(() => headOf(root));
  const promote = build.promote && registry ? registryReader(registry) : undefined;
  const common = { registry, promote, head, platform, buildArgs, network };
  const image = (name: ImageName) => {
    const { context } = IMAGE_SOURCES[name];
    const revision = fromGit(() => imageRevision(root, name));
    return new Image(name, { context, revision, pin: pins[name], ...common });
  };
  return {
    training: image("training"),
    serving: image("serving"),
    ui: image("ui"),
    mlflow: image("mlflow"),
    minio: image("minio"),
  };
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
