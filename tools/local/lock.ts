import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { z } from "zod";
import { Failure, reasonOf } from "../lib/failure.ts";
import { processInfo } from "../lib/process-identity.ts";

const holderSchema = z.object({ pid: z.int().positive(), identity: z.string() });
type Holder = z.infer<typeof holderSchema>;

/**
 * Makes the data folder this process's own until `release`: two servers on one SQLite file would spoil it.
 * A lock whose process is gone (kill -9, power cut) is taken over.
 *
 * Locks are numbered. The highest number counts, and its file is never removed: whoever finds its holder gone makes the
 * next number, which the file system gives to one process only. So no one ever removes a lock that another has just taken
 * (docs/adr/0021-the-start-lock-stays-ours.md).
 *
 * @throws Failure when another `npm start` uses the folder, or when it can't be written.
 */
export function lockDataDir(folder: string): { release: () => void } {
  try {
    return take(folder, path.join(folder, "start.lock"));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      `--data-dir ${folder}: can't be written (${reasonOf(error)}); make room or give another`,
      4,
    );
  }
}

function take(folder: string, locks: string): { release: () => void } {
  mkdirSync(locks, { recursive: true });
  for (;;) {
    const last = highest(locks);
    const holder = holderOf(locks, last);
    if (holder !== undefined && lives(holder)) {
      throw new Failure(
        `npm start already runs on ${folder} (process ${holder.pid}); stop it, or give another --data-dir`,
      );
    }
    const mine = last + 1;
    if (!make(locks, mine)) continue;
    // Another may have taken a higher number and cleared this one away since we looked.
    if (highest(locks) !== mine) {
      remove(locks, mine);
      continue;
    }
    for (const lower of numbers(locks).filter((number) => number < mine)) {
      remove(locks, lower);
    }
    const pidFile = path.join(folder, "start.pid");
    writeFileSync(pidFile, String(process.pid));
    return {
      release: () => {
        rmSync(pidFile, { force: true });
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
function make(locks: string, number: number): boolean {
  const draft = mkdtempSync(path.join(locks, "draft-"));
  const holder: Holder = {
    pid: process.pid,
    identity: processInfo(process.pid)?.identity ?? "unknown",
  };
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
