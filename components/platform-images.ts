import type { StackConfig } from "./config/schema.ts";
import { Image } from "./image.ts";
import { headOf } from "./lib/git.ts";
import { IMAGE_SOURCES, type ImageName, imageRevision } from "./lib/image-sources.ts";
import { registryReader } from "./registry.ts";

/** The images that we build, by what they run. */
export type PlatformImages = Record<ImageName, Image>;

/**
 * Every image of our own, each named after the last commit that touched its folder below `root`.
 */
export function platformImages(
  root: string,
  { registry, build, pins }: StackConfig,
): PlatformImages {
  const { args: buildArgs, platform, network } = build;
  const head = headOf(root);
  const promote = build.promote && registry ? registryReader(registry) : undefined;
  const common = { registry, promote, head, platform, buildArgs, network };
  const image = (name: ImageName) => {
    const { context } = IMAGE_SOURCES[name];
    const revision = imageRevision(root, name);
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
