import { existsSync } from "node:fs";
import { mkdir, readFile, statfs } from "node:fs/promises";
import { release, totalmem } from "node:os";
import { execa } from "execa";
import { binaryFolder } from "../../lib/go-build.ts";
import { CACHE, DATA } from "../../lib/paths.ts";
import { records, isRunning } from "./process-table.ts";
import { step } from "../../lib/steps.ts";
import { API_PORT, PORTS } from "./settings.ts";
import { KUBERNETES_SOURCE, RELEASE } from "./sources.ts";
import { Failure } from "../../lib/failure.ts";

const GIB = 2 ** 30;

/** Debian packages by the command that shows that they are there. */
const PACKAGES: Record<string, string> = {
  "/usr/bin/containerd": "containerd",
  "/usr/sbin/runc": "runc",
  "/usr/sbin/iptables": "iptables",
  "/usr/sbin/conntrack": "conntrack",
  "/usr/lib/cni/bridge": "containernetworking-plugins",
  "/usr/sbin/debootstrap": "debootstrap",
  "/usr/sbin/dockerd": "docker.io",
  "/usr/sbin/ip": "iproute2",
  "/usr/bin/nice": "coreutils",
};

/** Capabilities without which no container starts, by their bit. */
const CAPABILITIES: Record<number, string> = {
  12: "CAP_NET_ADMIN",
  18: "CAP_SYS_CHROOT",
  21: "CAP_SYS_ADMIN",
  27: "CAP_MKNOD",
};

/** Why a cluster from source cannot run here at all; empty when it can. */
export async function hostProblems(): Promise<string[]> {
  if (process.platform !== "linux") return [`needs Linux, this is ${process.platform}`];
  const problems: string[] = [];
  if (process.getuid?.() !== 0) problems.push("needs root: run the command with sudo");
  problems.push(...missingCapabilities(await readFile("/proc/self/status", "utf8")));
  const [major = 0, minor = 0] = release().split(".").map(Number);
  if (major < 4 || (major === 4 && minor < 19))
    problems.push(`kernel ${release()} is older than 4.19`);
  if (!(await readFile("/proc/filesystems", "utf8")).includes("overlay")) {
    problems.push("the kernel has no overlay file system: load it with `modprobe overlay`");
  }
  if (!existsSync("/proc/sys/net/bridge")) {
    problems.push(
      "the kernel does not filter bridged packets: load it with `modprobe br_netfilter`",
    );
  }
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers") && !existsSync("/sys/fs/cgroup/pids")) {
    problems.push("no control groups are mounted below /sys/fs/cgroup");
  }
  problems.push(...releaseProblems());
  const go = await execa({ reject: false })`go version`;
  if (go.exitCode !== 0) problems.push("needs Go 1.26 or newer on the PATH to build Kubernetes");
  return problems;
}

/** What is wrong with the release that `SLIPWAY_KUBERNETES` names; empty where it is one. */
export function releaseProblems(version = KUBERNETES_SOURCE.version): string[] {
  if (/^v1\.\d+\.\d+$/.test(version)) return [];
  return [`SLIPWAY_KUBERNETES (${version}) names no release: write it as ${RELEASE}`];
}

/** Capabilities that the process lacks, from the text of /proc/self/status. */
export function missingCapabilities(status: string): string[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return Object.entries(CAPABILITIES)
    .filter(([bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([, name]) => `lacks the capability ${name}: start the machine or container with it`);
}

/** Installs what is missing and fails, naming every obstacle at once, before anything is changed. */
export async function prepareHost(): Promise<void> {
  const problems = await hostProblems();
  problems.push(...(await resourceProblems()), ...(await portProblems()));
  const missing = Object.entries(PACKAGES).filter(([path]) => !existsSync(path));
  const packages = missing.map(([, name]) => name);
  if (packages.length > 0 && !existsSync("/usr/bin/apt-get")) {
    problems.push(`needs ${packages.join(", ")}, and this is no Debian to install them from`);
  }
  if (problems.length > 0) {
    throw new Failure(`a cluster from source cannot start here:\n- ${problems.join("\n- ")}`);
  }
  if (packages.length > 0) {
    await step(`Debian packages ${packages.join(", ")}`, async () => {
      await install(packages);
    });
  }
}

async function install(packages: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const lock = "DPkg::Lock::Timeout=300";
  await execa({ env })`apt-get update -q -o ${lock}`;
  await execa({ env })`apt-get install -q -y --no-install-recommends -o ${lock} ${packages}`;
}

/** What memory or disk a cluster from source lacks here; empty when there is enough of both. */
export async function resourceProblems(freeIn = freeBytes): Promise<string[]> {
  const problems: string[] = [];
  const memory = totalmem() / GIB;
  if (memory < 3.5) problems.push(`needs 4 GiB of memory, this machine has ${memory.toFixed(1)}`);
  const cold = !existsSync(binaryFolder(KUBERNETES_SOURCE));
  for (const [folder, needed, variable] of [
    [CACHE, cold ? 16 : 4, "SLIPWAY_CACHE"],
    [DATA, 4, "SLIPWAY_DATA"],
  ] as const) {
    await mkdir(folder, { recursive: true });
    const free = (await freeIn(folder)) / GIB;
    if (free < needed) {
      problems.push(
        `${folder} has ${free.toFixed(1)} GiB free, ${needed} are needed: make room, or move it (${variable})`,
      );
    }
  }
  return problems;
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function portProblems(): Promise<string[]> {
  const running = new Set<string>();
  for (const record of await records()) if (await isRunning(record)) running.add(record.name);
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8")),
  );
  const listening = listeningPorts(tables.join("\n"));
  return Object.entries({ "kube-apiserver": API_PORT, ...PORTS })
    .filter(([use, port]) => listening.has(port) && !running.has(use.split(" ")[0] ?? use))
    .map(
      ([use, port]) =>
        `port ${port}, for ${use}, is taken by another program: stop it${use === "kube-apiserver" ? ", or set SLIPWAY_API_PORT" : ` (\`ss -ltnp sport = :${port}\` names it)`}`,
    );
}

/** Ports that are listened on, from the text of /proc/net/tcp and tcp6. */
export function listeningPorts(table: string): Set<number> {
  const LISTEN = "0A";
  const sockets = table.matchAll(
    /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2})/gm,
  );
  const open = [...sockets].filter(([, , state]) => state === LISTEN);
  return new Set(open.map(([, port = ""]) => parseInt(port, 16)));
}
