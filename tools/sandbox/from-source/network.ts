import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { RUN } from "./paths.ts";

/** Bridge of the pods. It also carries the node's address, so nothing of the cluster faces the outside. */
const BRIDGE = "slipway0";
/** The node's address, where kube-apiserver listens. */
export const NODE_IP = "10.244.0.1";
/** Name of the pod network in CNI and, through it, in the comments of iptables rules. */
export const NETWORK = "slipway";

/** Address ranges of the cluster. */
export const SUBNETS = { pods: "10.244.0.0/16", node: "10.244.0.0/24", services: "10.96.0.0/16" };
/** Folder that containerd reads network configuration from. */
export const CNI_CONFIG = join(RUN, "cni");

/** Kernel settings that kube-proxy and the bridge plugin change; `destroy` puts the old values back. */
const SYSCTLS = ["net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet"];
const SAVED_SYSCTLS = join(RUN, "sysctls.json");

/** Creates the bridge and the pod network's configuration. */
export async function createNetwork(): Promise<void> {
  if (!existsSync(SAVED_SYSCTLS)) {
    const saved = await Promise.all(
      SYSCTLS.map(async (name) => [name, (await readFile(`/proc/sys/${name}`, "utf8")).trim()]),
    );
    await writeFile(SAVED_SYSCTLS, JSON.stringify(saved));
  }
  if (!existsSync(`/sys/class/net/${BRIDGE}`)) {
    await execa`ip link add ${BRIDGE} type bridge`;
    await execa`ip address add ${NODE_IP}/24 dev ${BRIDGE}`;
    await execa`ip link set ${BRIDGE} up`;
  }
  await mkdir(CNI_CONFIG, { recursive: true });
  await writeFile(join(CNI_CONFIG, "slipway.conflist"), JSON.stringify(cniConfig()));
}

function cniConfig(): object {
  const bridge = {
    type: "bridge",
    bridge: BRIDGE,
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: join(RUN, "addresses"),
      ranges: [[{ subnet: SUBNETS.node, gateway: NODE_IP }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  return { cniVersion: "1.0.0", name: NETWORK, plugins: [bridge] };
}

/** Removes bridge and packet filter rules and restores kernel settings. */
export async function removeNetwork(): Promise<void> {
  if (existsSync(`/sys/class/net/${BRIDGE}`)) await execa`ip link delete ${BRIDGE}`;
  for (const family of ["iptables", "ip6tables"]) {
    const saved = await execa({ reject: false })`${family}-save`;
    const undo = undoRules(saved.stdout);
    if (undo) await execa({ input: undo })`${family}-restore --noflush`;
  }
  if (existsSync(SAVED_SYSCTLS)) {
    const saved = JSON.parse(await readFile(SAVED_SYSCTLS, "utf8")) as [string, string][];
    for (const [name, value] of saved) await writeFile(`/proc/sys/${name}`, value);
    await rm(SAVED_SYSCTLS);
  }
}

/**
 * Input for `iptables-restore --noflush` that deletes Kubernetes' chains, those of our pod network and
 * every rule that leads to them, from the text of `iptables-save`. Empty when there is nothing of ours.
 */
export function undoRules(saved: string): string {
  const lines = saved.split("\n");
  const ourCniChains = new Set(
    lines
      .filter(
        (line) => line.includes(`name: "${NETWORK}"`) || line.includes(`name: \\"${NETWORK}\\"`),
      )
      .flatMap((line) => line.match(/CNI-[0-9a-f]+/g) ?? []),
  );
  const ours = (name: string): boolean => name.startsWith("KUBE-") || ourCniChains.has(name);
  const output: string[] = [];
  let table: string[] = [];
  for (const line of lines) {
    const chain = /^:(\S+)/.exec(line)?.[1];
    const [, from = "", target = ""] = /^-A (\S+) .*?-j (\S+)/.exec(line) ?? [];
    if (line.startsWith("*")) table = [line];
    else if (chain && ours(chain)) table.push(`-F ${chain}`);
    else if (from && !ours(from) && ours(target)) table.splice(1, 0, line.replace("-A", "-D"));
    else if (line === "COMMIT" && table.length > 1) {
      const flushed = table.filter((entry) => entry.startsWith("-F "));
      output.push(...table, ...flushed.map((entry) => entry.replace("-F", "-X")), line);
    }
  }
  return output.length > 0 ? `${output.join("\n")}\n` : "";
}
