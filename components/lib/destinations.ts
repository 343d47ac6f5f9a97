import type * as k8s from "@pulumi/kubernetes";
import { isIP } from "node:net";
import { cidrProblem } from "./cidr.ts";
import { namespace, pods } from "./network.ts";

/** Whom a rule of a policy means. */
export type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** In a list of addresses: every address of the internet. */
export const PUBLIC = "public";

/**
 * Addresses that are not of the internet: IANA's registries of special-purpose addresses (RFC 6890 and its successors), as far as they are
 * not globally reachable, multicast, and Azure's own server for each machine.
 */
const NOT_PUBLIC = {
  ipv4: [
    ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
    ...["172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15"],
    ...["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
    // learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    "168.63.129.16/32",
  ],
  // Of what is global unicast: private and link-local addresses (fc00::/7, fe80::/10) are outside of it already. 6to4 wraps IPv4's.
  ipv6: ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"],
};

const EVERYWHERE: Peer[] = [
  { ipBlock: { cidr: "0.0.0.0/0", except: NOT_PUBLIC.ipv4 } },
  { ipBlock: { cidr: "2000::/3", except: NOT_PUBLIC.ipv6 } },
];

/** What is wrong with an entry of `addresses`, as the end of a sentence about it; undefined for a sound one. */
export function addressProblem(text: string): string | undefined {
  if (text === PUBLIC) return undefined;
  const problem = cidrProblem(text);
  if (problem !== undefined) return `${problem}, or ${PUBLIC} for the addresses of the internet`;
  return text.endsWith("/0")
    ? `is every address, those of the cluster and of the cloud's metadata too: write ${PUBLIC}, or the blocks that are meant`
    : undefined;
}

/**
 * Where a server is, for a network policy, which knows pods and addresses and no names. What `addresses` says goes; else a host that is an
 * address is itself, and a Service is the pods of its namespace.
 *
 * @returns undefined for a name that may lead anywhere.
 */
export function peersOf(
  host: string | undefined,
  addresses: readonly string[] | undefined,
): Peer[] | undefined {
  if (addresses !== undefined) {
    return addresses.flatMap((entry) => (entry === PUBLIC ? EVERYWHERE : block(entry)));
  }
  if (host === undefined) return undefined;
  const family = isIP(host);
  if (family !== 0) return [block(`${host}/${family === 4 ? 32 : 128}`)];
  if (!host.includes(".")) return [pods({})];
  // `pod.service.namespace.svc` is a pod of a StatefulSet.
  const service = /^[^.]+\.(?:[^.]+\.)*([^.]+)\.svc(?:\.cluster\.local)?$/.exec(host)?.[1];
  const short = /^[^.]+\.([^.]+)$/.exec(host)?.[1];
  const name = service ?? (short !== undefined && !mayBeDomain(short) ? short : undefined);
  return name === undefined ? undefined : [namespace(name)];
}

/** What is to be stated of a host that may lead anywhere, as the end of a sentence about `addresses`; undefined where it is known. */
export function destinationProblem(
  host: string | undefined,
  addresses: readonly string[] | undefined,
): string | undefined {
  const wrong = (addresses ?? []).flatMap((entry) => {
    const problem = addressProblem(entry);
    return problem === undefined ? [] : [`(${entry}) ${problem}`];
  });
  if (wrong.length > 0) return wrong.join("; ");
  if (peersOf(host, addresses) !== undefined) return undefined;
  const service =
    host?.split(".").length === 2
      ? `, or ${host}.svc as the host of a Service of this cluster`
      : "";
  return (
    `is missing: ${host === undefined ? "the host is known later" : `${host} is a name`}, and a network policy takes addresses: write [${PUBLIC}] where it ` +
    `leads to addresses of the internet alone, else the blocks that it leads to, such as [10.20.0.0/16]${service}`
  );
}

/** The last part of a domain's name has letters alone, or is an internationalised one (RFC 3696, 2). */
function mayBeDomain(last: string): boolean {
  return /^([a-z]+|xn--.*)$/.test(last);
}

function block(cidr: string): Peer {
  return { ipBlock: { cidr } };
}
