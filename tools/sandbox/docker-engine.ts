import { execa } from "execa";
import { SOCKET, startOwnEngine } from "./from-source/own-engine.ts";

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
  // Debian's client has BuildKit inside; newer clients on the PATH want a plugin for it.
  const own = engine("/usr/bin/docker", { DOCKER_HOST: SOCKET, DOCKER_BUILDKIT: "1" });
  await startOwnEngine(async () => (await own.docker("version")).exitCode === 0);
  return own;
}

function engine(command: string, env: DockerEngine["env"]): DockerEngine {
  return { env, command, docker: (...args) => execa(command, args, { env }) };
}
