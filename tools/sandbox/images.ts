import { createHash } from "node:crypto";
import { copyFile, cp, readdir, readFile, rm } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { basesOf, ensureBase, scratchFolder } from "./from-source/base-images.ts";
import { type DockerEngine, dockerEngine } from "./docker-engine.ts";
import { step } from "../lib/steps.ts";

/** An image that is built here and loaded into the cluster without a registry. */
export interface ImageBuild {
  /** Name in the cluster, e.g. `slipway/serving:1a2b3c4`. */
  reference: string;
  /** Folder with the Dockerfile. */
  context: string;
  /** Files put beside the Dockerfile. Their path holds their version and stands for their content. */
  binaries?: string[];
  /** Values for the Dockerfile's arguments. */
  args?: Record<string, string>;
}

/** Digest of all that an image is made from. */
export async function imageKey(image: ImageBuild): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([image.reference, image.binaries ?? [], image.args ?? {}]));
  for (const file of await filesBelow(image.context)) {
    hash.update(`\0${relative(image.context, file)}\0`).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 32);
}

const IGNORED = new Set(["node_modules", ".venv", "__pycache__", "dist"]);

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => !IGNORED.has(entry.name))
      .map((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory()
          ? filesBelow(path)
          : Promise.resolve(entry.isFile() ? [path] : []);
      }),
  );
  return files.flat().sort();
}

/** Builds images in an engine whose images the cluster takes directly. */
export async function buildWithDocker(
  images: readonly ImageBuild[],
  engine: DockerEngine,
): Promise<void> {
  for (const image of images) await buildImage(image, engine);
}

/** Builds images and pushes them to the registry that their names say, with the machine's own credentials. */
export async function pushImages(images: readonly ImageBuild[]): Promise<void> {
  const engine = await dockerEngine();
  await buildWithDocker(images, engine);
  for (const { reference } of images) {
    await step(`push ${reference}`, () => engine.docker("push", "--quiet", reference));
  }
}

/** Builds one image, with the bases that its Dockerfile names. */
export async function buildImage(image: ImageBuild, engine: DockerEngine): Promise<void> {
  const dockerfile = await readFile(join(image.context, "Dockerfile"), "utf8");
  for (const base of basesOf(dockerfile)) await ensureBase(engine, base);
  await step(`image ${image.reference}`, async () => {
    const context = await contextFolder(image);
    const args = Object.entries(image.args ?? {}).map(
      ([key, value]) => `--build-arg=${key}=${value}`,
    );
    try {
      await engine.docker("build", "--network=host", `--tag=${image.reference}`, ...args, context);
    } finally {
      if (context !== image.context) await rm(context, { recursive: true, force: true });
    }
  });
}

/** The folder itself or, where binaries come beside the Dockerfile, a copy with them. */
async function contextFolder(image: ImageBuild): Promise<string> {
  if (image.binaries === undefined) return image.context;
  const context = await scratchFolder();
  await cp(image.context, context, { recursive: true });
  for (const path of image.binaries) await copyFile(path, join(context, basename(path)));
  return context;
}
