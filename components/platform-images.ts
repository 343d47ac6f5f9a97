import type { StackConfig } from "./config.ts";
import { Image } from "./image.ts";
import { headOf, sourceVersion } from "./lib/git.ts";
import { MODELS } from "./lib/model-file.ts";
import { registryReader } from "./lib/registry.ts";

/** The images that we build, by what they run. */
export type PlatformImages = ReturnType<typeof platformImages>;

/**
 * Every image of our own, each named after the last commit that touched its folder below `root`.
 */
export function platformImages(root: string, { registry, build, pins }: StackConfig) {
  const { args: buildArgs, platform, network } = build;
  const head = headOf(root);
  const promote = build.promote && registry ? registryReader(registry) : undefined;
  const image = (name: keyof StackConfig["pins"], context: string, without: string[] = []) => {
    const revision = sourceVersion(root, [context, ...without.map((path) => `:(exclude)${path}`)]);
    const common = { registry, promote, head, platform, buildArgs, network };
    return new Image(name, { context, revision, pin: pins[name], ...common });
  };
  return {
    // The model YAMLs are mounted: another parameter is another Job, not another image.
    training: image("training", "training", [MODELS]),
    serving: image("serving", "serving"),
    ui: image("ui", "ui"),
    mlflow: image("mlflow", "images/mlflow"),
    minio: image("minio", "images/minio"),
  };
}
