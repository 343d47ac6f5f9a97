import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { OWNER, RUN } from "./paths.ts";
import { killGroup, removeGroups } from "./cgroup.ts";
import { removeLeftovers } from "./leftovers.ts";
import { removeNetwork } from "./network.ts";
import { removeContainers } from "./node.ts";
import { CACHE, DATA } from "../../lib/paths.ts";
import { records, stop } from "./process-table.ts";

/** How long pods may take to end by themselves, in milliseconds. */
const POD_GRACE = 4000;

/**
 * Ends every process of the cluster from source and undoes what it did to the machine, however it was left.
 * Volumes, images and the cluster's state stay unless `wipe` is set. Another sandbox's cluster is left alone.
 */
export async function tearDown({ wipe }: { wipe: boolean }): Promise<void> {
  const owner = await readFile(OWNER, "utf8").catch(() => DATA);
  if (owner === DATA) await removeCluster({ wipe });
  if (wipe) await rm(DATA, { recursive: true, force: true });
}

async function removeCluster({ wipe }: { wipe: boolean }): Promise<void> {
  const daemons = (await records()).reverse();
  // kubelet first: it would start again what ends.
  for (const name of ["kubelet", "kube-proxy"]) {
    const record = daemons.find((daemon) => daemon.name === name);
    if (record) await stop(record);
  }
  await killGroup("kubepods", POD_GRACE);
  // Images stay in the cache; a containerd that died has its containers removed at the next start.
  if (wipe) await removeContainers().catch(() => undefined);
  for (const record of daemons) await stop(record);
  await killGroup();
  await unmountBelow([DATA, RUN, join(CACHE, "containerd"), join(CACHE, "docker")]);
  await removeGroups();
  if (existsSync(RUN)) {
    await removeNetwork();
    await removeLeftovers();
  }
  await rm(RUN, { recursive: true, force: true });
}

/** Unmounts everything at or below the folders, the newest mount first. */
async function unmountBelow(folders: string[]): Promise<void> {
  const mounts = mountPoints(await readFile("/proc/self/mountinfo", "utf8"));
  const ours = mounts.filter((mount) =>
    folders.some((folder) => mount === folder || mount.startsWith(`${folder}/`)),
  );
  for (const mount of ours.reverse()) await execa`umount --lazy --no-mtab ${mount}`;
}

/** Mount points in /proc/self/mountinfo, in its order, with its octal escapes undone. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" ")[4] ?? "")
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))),
    );
}
