import { type Block, blockOf } from "../../../components/lib/cidr.ts";
import type { End, Policy } from "./reachability.ts";

/** RFC 1918, 6598, 3927 and 1122; RFC 4193 and 4291. */
const PRIVATE = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
  ...["127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"],
].map(parsed);

/** Further addresses that no server of the internet has (RFC 6890), so that they count as neither. */
const SPECIAL = [
  ...["0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24"],
  ...["203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001:db8::/32"],
].map(parsed);

/**
 * Addresses that stand for all others: policies speak of blocks, so what is open changes at the ends of a block and nowhere else.
 *
 * @param not those that are looked at by themselves.
 */
export function samplesOf(
  policies: readonly Policy[],
  not: readonly string[],
): { privateRanges: End[]; internet: End[] } {
  const blocks = policies.flatMap(({ spec }) =>
    [...(spec.ingress ?? []), ...(spec.egress ?? [])]
      .flatMap(({ from = [], to = [] }) => [...from, ...to])
      .flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])),
  );
  const edges = [...blocks, "0.0.0.0/0", "::/0"]
    .map(parsed)
    .concat(PRIVATE, SPECIAL)
    .flatMap(({ bits, first, last }) => [
      { bits, number: first },
      { bits, number: last },
      // What follows a block is the first that is not of it.
      ...(last + 1n < 1n << BigInt(bits) ? [{ bits, number: last + 1n }] : []),
    ]);
  const all = new Map(edges.map((edge) => [textOf(edge), edge]));
  const within = (blocks: Block[]) => (edge: Edge) =>
    blocks.some(
      ({ bits, first, last }) => bits === edge.bits && first <= edge.number && edge.number <= last,
    );
  const ends = (keep: (edge: Edge) => boolean) =>
    [...all]
      .filter(([address, edge]) => !not.includes(address) && keep(edge))
      .map(([address]) => ({ address }));
  const [isPrivate, isSpecial] = [within(PRIVATE), within(SPECIAL)];
  return {
    privateRanges: ends(isPrivate),
    internet: ends((edge) => !isPrivate(edge) && !isSpecial(edge)),
  };
}

interface Edge {
  bits: 32 | 128;
  number: bigint;
}

function parsed(cidr: string): Block {
  const block = blockOf(cidr);
  if (block === undefined) throw new Error(`${cidr} is no block of addresses`);
  return block;
}

function textOf({ bits, number }: Edge): string {
  const size = bits === 32 ? 8n : 16n;
  const parts = Array.from({ length: bits / Number(size) }, (_, index) =>
    ((number >> (BigInt(bits) - size * BigInt(index + 1))) & ((1n << size) - 1n)).toString(
      bits === 32 ? 10 : 16,
    ),
  );
  return parts.join(bits === 32 ? "." : ":");
}
