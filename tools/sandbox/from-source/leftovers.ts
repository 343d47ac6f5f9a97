import { readdir, readFile, readlink, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NETWORK } from "./network.ts";
import { DATA } from "../../lib/paths.ts";

const CNI_RESULTS = "/var/lib/cni/results";
const CONTAINER_LOGS = "/var/log/containers";
const DEVICE_PLUGINS = "/var/lib/kubelet/device-plugins";
const RUNTIME_STATE = "/run/containerd/runc/k8s.io";
const SHIM_SOCKETS = "/run/containerd/s";

/** Removes what kubelet, containerd and its plugins keep in fixed places outside the sandbox's folders. */
export async function removeLeftovers(): Promise<void> {
  const results = await list(CNI_RESULTS);
  for (const id of results.flatMap((name) => ourContainer(name) ?? [])) {
    for (const name of results)
      if (name.includes(id)) await rm(join(CNI_RESULTS, name), { force: true });
  }
  for (const name of await list(CONTAINER_LOGS)) {
    const link = join(CONTAINER_LOGS, name);
    const target = await readlink(link).catch(() => "");
    if (target.startsWith(DATA)) await rm(link);
  }
  const listening = await readFile("/proc/net/unix", "utf8");
  for (const name of await list(SHIM_SOCKETS)) {
    if (!listening.includes(name)) await rm(join(SHIM_SOCKETS, name), { force: true });
  }
  for (const name of await list(DEVICE_PLUGINS)) await rm(join(DEVICE_PLUGINS, name));
  // Only folders that nobody uses: rmdir leaves the others alone.
  for (const folder of [CNI_RESULTS, CONTAINER_LOGS, DEVICE_PLUGINS, RUNTIME_STATE, SHIM_SOCKETS]) {
    await removeIfEmpty(folder);
  }
  for (const folder of [CNI_RESULTS, DEVICE_PLUGINS, RUNTIME_STATE, SHIM_SOCKETS].map(dirname)) {
    await removeIfEmpty(folder);
  }
  await removeIfEmpty("/run/containerd");
}

/** Container that a cached network result of ours belongs to. */
function ourContainer(result: string): string | undefined {
  return new RegExp(`^${NETWORK}-([0-9a-f]{64})-`).exec(result)?.[1];
}

function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}
