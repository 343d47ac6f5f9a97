import { execa } from "execa";
import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import { createGroups, GROUP } from "./cgroup.ts";
import { SUBNETS } from "./network.ts";
import { CACHE, RUN } from "./paths.ts";
import { records, start, stop, waitFor } from "./process-table.ts";

const SOCKET = `unix://${join(RUN, "docker.sock")}`;

/** A Docker engine and the client that talks to it. */
export interface DockerEngine {
  /** Variables that point docker, and Pulumi's Docker provider, at the engine. */
  env: { DOCKER_HOST?: string; DOCKER_BUILDKIT: "1" };
  /** The client. */
  command: string;
  /** Runs the client. */
  docker: (...args: string[]) => ReturnType<typeof execa>;
}

/** The machine's Docker engine where there is one, else our own, started from Debian's package. */
export async function dockerEngine(): Promise<DockerEngine> {
  const present = engine("docker", { DOCKER_BUILDKIT: "1" });
  const info = await execa("docker", ["info"], { reject: false });
  if (info.exitCode === 0) return present;
  await createGroups();
  await mkdir(join(CACHE, "docker"), { recursive: true });
  // Builds use the machine's own network, so the engine needs neither a bridge nor packet filter rules.
  const args = [
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
  await start({ name: "docker", command: "/usr/sbin/dockerd", args });
  // Debian's client has BuildKit inside; newer clients on the PATH want a plugin for it.
  const own = engine("/usr/bin/docker", { DOCKER_HOST: SOCKET, DOCKER_BUILDKIT: "1" });
  await waitFor("docker", async () => (await own.docker("version")).exitCode === 0);
  return own;
}

/** Ends our own engine; its images and build cache stay in the cache. */
export async function stopDockerEngine(): Promise<void> {
  for (const record of await records()) if (record.name === "docker") await stop(record, 15_000);
}

function engine(command: string, env: DockerEngine["env"]): DockerEngine {
  return { env, command, docker: (...args) => execa(command, args, { env }) };
}
