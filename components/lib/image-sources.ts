import { type SourceVersion, sourceVersion } from "./git.ts";
import { MODELS } from "./model-file.ts";

/** Folder of each image of our own, and what in it does not count for the image. */
export const IMAGE_SOURCES = {
  // The model YAMLs are mounted: another parameter is another Job, not another image.
  training: { context: "training", without: [MODELS] },
  serving: { context: "serving", without: [] },
  ui: { context: "ui", without: [] },
  mlflow: { context: "images/mlflow", without: [] },
  minio: { context: "images/minio", without: [] },
};

export type ImageName = keyof typeof IMAGE_SOURCES;

/** Identity of an image: the last commit that touched its folder below `root`. @throws GitError as `sourceVersion` does */
export function imageRevision(root: string, name: ImageName): SourceVersion {
  const { context, without } = IMAGE_SOURCES[name];
  return sourceVersion(root, [context, ...without.map((path) => `:(exclude)${path}`)]);
}
