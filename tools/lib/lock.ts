import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { z } from "zod";
import type { Failure } from "./failure.ts";
import { processInfo } from "./process-identity.ts";

const holderSchema = z.object({
  pid: z.int().positive(),
  identity: z.string(),
  /** What it does, in words for whoever is refused; absent in a lock of an earlier Slipway. */
  does: z.string().optional(),
});

/** A process that holds a lock. */
export type Holder = z.infer<typeof holderSchema>;

/**
 * Makes something this process's own until `release`. A lock whose process is gone (kill -9, power cut) is taken over.
 *
 * Locks are numbered. The highest number counts, and its file is never removed: whoever finds its holder gone makes the
 * next number, which the file system gives to one process only. So no one ever removes a lock that another has just taken
 * (docs/adr/0021-the-start-lock-stays-ours.md).
 *
 * @param locks folder of the locks, made where it is missing. @param does what this process will do, for who is refused.
 * @param refused what to say while another process has it.
 * @throws Failure of `refused`; what the file system says where the folder can't be written.
 */
export function takeLock(
  locks: string,
  does: string,
  refused: (holder: Holder) => Failure,
): { release: () => void } {
  mkdirSync(locks, { recursive: true });
  for (;;) {
    const last = highest(locks);
    const holder = holderOf(locks, last);
    if (holder !== undefined && lives(holder)) throw refused(holder);
    const mine = last + 1;
    if (!make(locks, mine, does)) continue;
    // Another may have taken a higher number and cleared this one away since we looked.
    if (highest(locks) !== mine) {
      remove(locks, mine);
      continue;
    }
    for (const lower of numbers(locks).filter((number) => number < mine)) {
      remove(locks, lower);
    }
    return {
      release: () => {
        // In this order: an empty folder would give its number away again.
        writeFileSync(path.join(locks, String(mine), "released"), "");
        rmSync(path.join(locks, String(mine), "holder"), { force: true });
      },
    };
  }
}

/** Removes a lock that is not the highest; two processes may do so at once. */
function remove(locks: string, number: number): void {
  rmSync(path.join(locks, String(number)), { recursive: true, force: true, maxRetries: 5 });
}

function numbers(locks: string): number[] {
  return readdirSync(locks)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function highest(locks: string): number {
  return Math.max(0, ...numbers(locks));
}

/** Makes a lock with its holder in it, whole or not at all. @returns false when another made it first. */
function make(locks: string, number: number, does: string): boolean {
  const draft = mkdtempSync(path.join(locks, "draft-"));
  const identity = processInfo(process.pid)?.identity ?? "unknown";
  const holder: Holder = { pid: process.pid, identity, does };
  writeFileSync(path.join(draft, "holder"), JSON.stringify(holder));
  try {
    // Fails where a folder of that name has something in it already.
    renameSync(draft, path.join(locks, String(number)));
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOTEMPTY", "EEXIST"].includes(code)) return false;
    throw error;
  }
}

/** Who made a lock; undefined when it was released, cleared away or spoilt. */
function holderOf(locks: string, number: number): Holder | undefined {
  try {
    const text = readFileSync(path.join(locks, String(number), "holder"), "utf8");
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Process numbers are used again; the identity tells the holder from a later process of its number. */
function lives({ pid, identity }: Holder): boolean {
  return processInfo(pid)?.identity === identity;
}
