import { milliOf, wholeOf } from "../lib/quantity.ts";
import { mostRequested } from "./needs.ts";
import type { StackConfig } from "./schema.ts";

/** A part of a quota as it is set, and as what the stack requests at its most is written. */
export interface QuotaPart {
  key: keyof StackConfig["quota"];
  enough: boolean;
  needed: string;
}

const MEBIBYTE = 2 ** 20;

/** Each part of a stack's quota beside what the stack itself needs of it. */
export function quotaParts(
  config: Pick<StackConfig, "quota"> & Parameters<typeof mostRequested>[0],
): QuotaPart[] {
  const { quota } = config;
  const { cpu, memory, storage, pods } = mostRequested(config);
  return [
    { key: "cpu", enough: milliOf(quota.cpu) >= cpu, needed: cores(cpu) },
    { key: "memory", enough: wholeOf(quota.memory) >= memory, needed: bytes(memory) },
    { key: "storage", enough: wholeOf(quota.storage) >= storage, needed: bytes(storage) },
    { key: "pods", enough: quota.pods >= pods, needed: String(pods) },
  ];
}

/** The configuration with as much in each part of the quota that is not stated as the stack needs. */
export function withRoom(config: StackConfig, stated: readonly string[]): StackConfig {
  const quota = { ...config.quota };
  for (const { key, enough, needed } of quotaParts(config)) {
    if (enough || stated.includes(`quota.${key}`)) continue;
    if (key === "pods") quota.pods = Number(needed);
    else quota[key] = needed;
  }
  return { ...config, quota };
}

function cores(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

function bytes(count: number): string {
  const mebibytes = Math.ceil(count / MEBIBYTE);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
