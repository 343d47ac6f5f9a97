import { isIPv4, isIPv6 } from "node:net";

/** A block of addresses, from its first to its last, as numbers of 32 or 128 bits. */
export interface Block {
  bits: 32 | 128;
  first: bigint;
  last: bigint;
}

/** An address as a number; undefined for a text that is none. */
export function numberOf(address: string): { bits: 32 | 128; number: bigint } | undefined {
  if (isIPv4(address)) {
    const number = address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
    return { bits: 32, number };
  }
  // An address with a zone (`fe80::1%eth0`) means something on one machine alone.
  if (!isIPv6(address) || address.includes("%")) return undefined;
  // WHATWG's URL writes groups of hexadecimal digits alone, also for `::ffff:1.2.3.4`.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string | undefined) => (text ? text.split(":") : []);
  const zeros = Array<string>(8 - groups(head).length - groups(tail).length).fill("0");
  const all = [...groups(head), ...(tail === undefined ? [] : zeros), ...groups(tail)];
  return { bits: 128, number: all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) };
}

/** A block in CIDR notation (RFC 4632, RFC 4291 2.3), e.g. `10.20.0.0/16`; undefined for a text that is none. */
export function blockOf(cidr: string): Block | undefined {
  const [, address = "", prefix = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(cidr) ?? [];
  const found = numberOf(address);
  if (found === undefined || Number(prefix) > found.bits) return undefined;
  const { bits, number } = found;
  const size = 1n << BigInt(bits - Number(prefix));
  const first = (number / size) * size;
  return { bits, first, last: first + size - 1n };
}

/**
 * What is wrong with a block by the rules of Kubernetes (`IsValidCIDR` of `k8s.io/apimachinery/pkg/util/validation`), as the end of a sentence
 * about it; undefined for a sound one.
 */
export function cidrProblem(text: string): string | undefined {
  const block = blockOf(text);
  if (block === undefined)
    return "is no block of addresses, such as 10.20.0.0/16, 10.20.0.5/32 or fd00:20::/64";
  const [address = "", prefix = ""] = text.split("/");
  if (numberOf(address)?.number !== block.first) {
    return `is an address inside of a block: write ${address}/${block.bits} for it alone, or zeros after the first ${prefix} bits`;
  }
  if (block.bits === 128 && block.first >> 32n === 0xffffn) {
    return "is an IPv4 block in the clothes of IPv6: write it as IPv4, such as 10.20.0.0/16";
  }
  return undefined;
}
