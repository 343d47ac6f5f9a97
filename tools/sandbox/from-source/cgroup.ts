import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const MOUNT = "/sys/fs/cgroup";
const V2 = existsSync(join(MOUNT, "cgroup.controllers"));

/** Name of the control group under which every process of the sandbox lives, pods and builds included. */
export const GROUP = "slipway";

/** Control group folder that newly started daemons join; any one hierarchy tracks all their descendants. */
export const DAEMONS = join(V2 ? MOUNT : join(MOUNT, "pids"), GROUP, "daemons");

/** The sandbox's folder in each hierarchy: one with cgroup v2, one a controller with v1. */
async function groupFolders(): Promise<string[]> {
  if (V2) return [join(MOUNT, GROUP)];
  const names = await readdir(MOUNT);
  return names
    .filter((name) => existsSync(join(MOUNT, name, "cgroup.procs")))
    .map((name) => join(MOUNT, name, GROUP));
}

/** Creates the control groups that kubelet and daemons need. */
export async function createGroups(): Promise<void> {
  for (const folder of await groupFolders()) {
    await mkdir(folder, { recursive: true });
    if (V2) {
      const controllers = (await readFile(join(MOUNT, "cgroup.controllers"), "utf8")).trim();
      const enable = controllers.split(" ").map((name) => `+${name}`);
      await writeFile(join(MOUNT, "cgroup.subtree_control"), enable.join(" "));
      await writeFile(join(folder, "cgroup.subtree_control"), enable.join(" "));
    }
  }
  await mkdir(DAEMONS, { recursive: true });
}

/** Ids of the processes in the sandbox's groups, or in one part of them such as `kubepods`. */
async function groupProcesses(part = ""): Promise<number[]> {
  const pids = new Set<number>();
  for (const folder of await groupFolders()) {
    for (const group of await subgroups(join(folder, part))) {
      const procs = await readFile(join(group, "cgroup.procs"), "utf8").catch(() => "");
      for (const line of procs.split("\n")) if (line) pids.add(Number(line));
    }
  }
  pids.delete(process.pid);
  return [...pids];
}

/** Ends every process in the groups (or a part): politely first, by force after `grace` milliseconds. */
export async function killGroup(part = "", grace = 0): Promise<void> {
  const start = Date.now();
  let polite = grace > 0;
  if (polite) signalAll(await groupProcesses(part), "SIGTERM");
  for (;;) {
    const pids = await groupProcesses(part);
    if (pids.length === 0) return;
    polite &&= Date.now() - start < grace;
    if (!polite) signalAll(pids, "SIGKILL");
    if (Date.now() - start > grace + 15_000) {
      throw new Error(
        `processes ${pids.join(", ")} do not end, even by SIGKILL: see /proc/PID/stack`,
      );
    }
    await sleep(50);
  }
}

/** Removes the emptied groups. */
export async function removeGroups(): Promise<void> {
  for (const folder of await groupFolders()) {
    for (const group of (await subgroups(folder)).reverse()) await rmdir(group);
  }
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

/** A group and all below it, parents first. */
async function subgroups(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (!existsSync(folder)) return [];
  const below = entries.filter((entry) => entry.isDirectory()).map((e) => join(folder, e.name));
  return [folder, ...(await Promise.all(below.map(subgroups))).flat()];
}
