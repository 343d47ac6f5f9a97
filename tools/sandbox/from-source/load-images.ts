import { execa } from "execa";
import { step } from "../../lib/steps.ts";
import type { DockerEngine } from "../docker-engine.ts";
import { buildImage, type ImageBuild, imageKey } from "../images.ts";
import { CTR, ctr } from "./node.ts";

/** Label that says what an image in the cluster was built from. */
const KEY = "slipway.local/key";

/**
 * Builds what changed since the last run and loads it into the cluster. Images outlive `destroy`, in
 * the cache; an older build of the same image makes room for the newer one once no container uses it, as the one that runs
 * is what `npm run rollback` goes back to. The engine keeps no second copy.
 */
export async function loadImages(
  images: readonly ImageBuild[],
  engine: () => Promise<DockerEngine>,
): Promise<void> {
  const present = await loadedImages();
  for (const image of images) {
    const name = fullName(image.reference);
    const key = await imageKey(image);
    if (present.get(name) === key) continue;
    const docker = await engine();
    await buildImage(image, docker);
    await step(`load ${image.reference}`, async () => {
      const raw = { env: docker.env, encoding: "buffer", buffer: false } as const;
      const save = execa(docker.command, ["save", image.reference], raw);
      await save.pipe("ctr", [...CTR, "images", "import", "-"]);
      await ctr("images", "label", name, `${KEY}=${key}`);
      // Its layers stay in the engine's build cache, which has a bound; images have none.
      await docker.docker("image", "rm", image.reference);
    });
    for (const old of outdated(name, [...present.keys()], await usedImages())) {
      await ctr("images", "rm", old);
    }
  }
}

/** A reference with Docker's defaults written out, as containerd keeps it. */
export function fullName(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  if (rest.length === 0) return `docker.io/library/${first}`;
  return /[.:]|^localhost$/.test(first) ? reference : `docker.io/${reference}`;
}

/** Builds of the same image as `name` that nothing runs any more. */
export function outdated(name: string, present: readonly string[], used: ReadonlySet<string>) {
  return present.filter(
    (old) => old !== name && repository(old) === repository(name) && !used.has(old),
  );
}

/** Images that containers were made from. */
async function usedImages(): Promise<Set<string>> {
  const { stdout } = await ctr("containers", "list");
  const lines = String(stdout).split("\n");
  return new Set(lines.map((line) => line.trim().split(/\s+/)[1] ?? ""));
}

function repository(name: string): string {
  return name.slice(0, name.lastIndexOf(":"));
}

/** Images of ours in the cluster, with the key that each was built from. */
async function loadedImages(): Promise<Map<string, string>> {
  const { stdout } = await ctr("images", "list");
  return new Map(
    String(stdout)
      .split("\n")
      .flatMap((line) => {
        const key = /slipway\.local\/key=([^,\s]+)/.exec(line)?.[1];
        return key === undefined ? [] : [[line.split(" ")[0] ?? "", key] as const];
      }),
  );
}
