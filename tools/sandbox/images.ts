import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { basesOf, ensureBase } from "./base-images.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { ctr } from "./node.ts";
import { CACHE } from "./paths.ts";
import { step } from "./progress.ts";

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

const ARCHIVES = join(CACHE, "images");

/** Loads images into the cluster; only what changed since the last run is built. */
export async function loadImages(
  images: readonly ImageBuild[],
  engine: () => Promise<DockerEngine>,
): Promise<void> {
  const present = await loadedImages();
  for (const image of images) {
    const archive = join(ARCHIVES, `${await imageKey(image)}.tar`);
    const name = fullName(image.reference);
    if (present.get(name) === basename(archive)) continue;
    if (!existsSync(archive)) await buildArchive(image, archive, await engine());
    await ctr("images", "import", archive);
    await ctr("images", "label", name, `slipway.local/archive=${basename(archive)}`);
  }
}

/** A reference with Docker's defaults written out, as containerd keeps it. */
export function fullName(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  if (rest.length === 0) return `docker.io/library/${first}`;
  return /[.:]|^localhost$/.test(first) ? reference : `docker.io/${reference}`;
}

/** Images in the cluster, with the archive that each came from. */
async function loadedImages(): Promise<Map<string, string>> {
  const { stdout } = await ctr("images", "list");
  const lines = String(stdout).split("\n");
  return new Map(
    lines.flatMap((line) => {
      const archive = /slipway\.local\/archive=([^,\s]+)/.exec(line)?.[1];
      return archive ? [[line.split(" ")[0] ?? "", archive] as const] : [];
    }),
  );
}

/** Digest of all that an image is made from. */
export async function imageKey(image: ImageBuild): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([image.reference, image.binaries ?? [], image.args ?? {}]));
  for (const file of await filesBelow(image.context)) {
    hash.update(`\0${relative(image.context, file)}\0`).update(await readFile(file));
  }
  return `${basename(image.reference).split(":")[0] ?? ""}-${hash.digest("hex").slice(0, 16)}`;
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
  for (const image of images) {
    await step(`image ${image.reference}`, () => build(image, image.context, engine));
  }
}

async function build(image: ImageBuild, context: string, engine: DockerEngine): Promise<void> {
  const dockerfile = await readFile(join(context, "Dockerfile"), "utf8");
  for (const base of basesOf(dockerfile)) await ensureBase(engine, base);
  const args = Object.entries(image.args ?? {}).map(
    ([key, value]) => `--build-arg=${key}=${value}`,
  );
  await engine.docker("build", "--network=host", `--tag=${image.reference}`, ...args, context);
}

async function buildArchive(
  image: ImageBuild,
  archive: string,
  engine: DockerEngine,
): Promise<void> {
  await mkdir(ARCHIVES, { recursive: true });
  const work = await mkdtemp(join(ARCHIVES, ".build-"));
  try {
    await step(`image ${image.reference}`, async () => {
      await build(image, await contextFolder(image, work), engine);
      await engine.docker("save", `--output=${join(work, "image.tar")}`, image.reference);
    });
    await rename(join(work, "image.tar"), archive);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The folder itself or, where binaries come beside the Dockerfile, a copy with them. */
async function contextFolder(image: ImageBuild, work: string): Promise<string> {
  if (image.binaries === undefined) return image.context;
  const context = join(work, "context");
  await cp(image.context, context, { recursive: true });
  for (const path of image.binaries) await copyFile(path, join(context, basename(path)));
  return context;
}
