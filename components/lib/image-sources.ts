import { type SourceVersion, sourceVersion } from "./git.ts";
import { MODELS } from "./model-file.ts";

/** Folder of each image of our own, and what in it does not count for the image. */
export const IMAGE_SOURCES = {
  // The model YAMLs are mounted: another parameter is another Job, not another image.
  training: { context: "training", without: [MODELS] },
  serving: { context: "serving", without: [] },
  ui: { context: "ui", without: [] },
  mlflow: { context: "images/mlflow", without: [] },
  seaweedfs: { context: "images/seaweedfs", without: [] },
  minio: { context: "images/minio", without: [] },
};

export type ImageName = keyof typeof IMAGE_SOURCES;

/** The image that an object store of ours runs, by its kind. */
export const STORE_IMAGES = { bundled: "seaweedfs", minio: "minio" } as const;

/** Images of stores, of which a stack runs one or none. */
type StoreImage = (typeof STORE_IMAGES)[keyof typeof STORE_IMAGES];

/** The images of our own that a stack with this kind of object store runs. */
export function imagesOf(store: string): ImageName[] {
  const stores: string[] = Object.values(STORE_IMAGES);
  const own = (STORE_IMAGES as Partial<Record<string, StoreImage>>)[store];
  const all = Object.keys(IMAGE_SOURCES) as ImageName[];
  return all.filter((name) => name === own || !stores.includes(name));
}

/** Every stack's images, and that of its store where it is ours. */
export type ByImage<Image> = Record<Exclude<ImageName, StoreImage>, Image> &
  Partial<Record<StoreImage, Image>>;

/** Identity of an image: the last commit that touched its folder below `root`. @throws GitError as `sourceVersion` does */
export function imageRevision(root: string, name: ImageName): SourceVersion {
  const { context, without } = IMAGE_SOURCES[name];
  return sourceVersion(root, [context, ...without.map((path) => `:(exclude)${path}`)]);
}
