import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "../../lib/paths.ts";
import { createGroups, GROUP } from "./cgroup.ts";
import { SUBNETS } from "./network.ts";
import { RUN } from "./paths.ts";
import { records, start, stop, waitFor } from "./process-table.ts";

/** Where our own Docker engine listens. */
export const SOCKET = `unix://${join(RUN, "docker.sock")}`;

/** What of earlier builds is kept to make the next one quick; BuildKit lets go of what was used longest ago. */
const BUILD_CACHE = "6GB";

/** Starts a Docker engine from Debian's package; `answers` tells when it is there. */
export async function startOwnEngine(answers: () => Promise<boolean>): Promise<void> {
  await createGroups();
  await mkdir(join(CACHE, "docker"), { recursive: true });
  const config = join(RUN, "docker.json");
  const gc = { enabled: true, defaultKeepStorage: BUILD_CACHE };
  const files = { [config]: JSON.stringify({ builder: { gc } }) };
  // Builds use the machine's own network, so the engine needs neither a bridge nor packet filter rules.
  const args = [
    `--config-file=${config}`,
    `--host=${SOCKET}`,
    `--data-root=${join(CACHE, "docker")}`,
    `--exec-root=${join(RUN, "docker")}`,
    `--pidfile=${join(RUN, "docker.pid")}`,
    "--bridge=none",
    "--iptables=false",
    "--ip6tables=false",
    // A registry on the cluster's own bridge has no certificate that others would know.
    `--insecure-registry=${SUBNETS.pods}`,
    `--cgroup-parent=/${GROUP}/docker`,
  ];
  await start({ name: "docker", command: "/usr/sbin/dockerd", args, files });
  await waitFor("docker", answers);
}

/** Ends our own engine; its images and build cache stay in the cache. */
export async function stopOwnEngine(): Promise<void> {
  for (const record of await records()) if (record.name === "docker") await stop(record, 15_000);
}
