import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../failure.ts";
import type { Environment } from "./environment.ts";

/** Host of images that were never pushed: a node has them, or no pod of theirs starts. */
const UNPUSHED = "slipway.local/";
/** A kubelet tells of so many images at most, by default. */
const MOST = 50;
/** It looks at its images every 30 seconds, and tells of them 10 seconds later at most. */
const TOLD_AFTER = 60_000;

/** A node, as far as its images go. */
export interface NodeImages {
  status?: { images?: { names?: string[] }[] };
}

/** Which of `images` no pod could start from: not pushed anywhere, and on no node. Empty where the nodes do not tell all. */
export function missingImages(images: readonly string[], nodes: readonly NodeImages[]): string[] {
  const lists = nodes.map(({ status }) => status?.images ?? []);
  if (lists.length === 0 || lists.some(({ length }) => length >= MOST)) return [];
  const loaded = new Set(lists.flat().flatMap(({ names = [] }) => names));
  const unpushed = images.filter((image) => image.startsWith(UNPUSHED));
  return [...new Set(unpushed)].filter((image) => !loaded.has(image));
}

/**
 * Pods of an image that cannot be had would be waited for until a deployment times out.
 *
 * @param remedy what to do about it, @param patience milliseconds until an image that was just loaded must be told of.
 * @throws Failure with the images that are nowhere.
 */
export async function needLoaded(
  { kubectl }: Pick<Environment, "kubectl">,
  images: readonly string[],
  remedy: string,
  patience = TOLD_AFTER,
): Promise<void> {
  if (!images.some((image) => image.startsWith(UNPUSHED))) return;
  const until = Date.now() + patience;
  for (;;) {
    const { stdout, failed } = await kubectl(["get", "nodes", "-o", "json"], { reject: false });
    // An account of one namespace may not ask.
    if (failed) return;
    const missing = missingImages(images, (JSON.parse(stdout) as { items: NodeImages[] }).items);
    if (missing.length === 0) return;
    if (Date.now() >= until) {
      throw new Failure(
        `${missing.join(", ")}: on no node of this cluster, and pushed to no registry: ${remedy}`,
      );
    }
    await pause(Math.min(5_000, patience));
  }
}
