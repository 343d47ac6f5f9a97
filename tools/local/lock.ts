import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { Failure, reasonOf } from "../lib/failure.ts";
import { takeLock } from "../lib/lock.ts";

/**
 * Makes the data folder this process's own until `release`: two servers on one SQLite file would spoil it.
 * A lock whose process is gone (kill -9, power cut) is taken over.
 *
 * @throws Failure when another `npm start` uses the folder, or when it can't be written.
 */
export function lockDataDir(folder: string): { release: () => void } {
  const pidFile = path.join(folder, "start.pid");
  try {
    const lock = takeLock(path.join(folder, "start.lock"), "npm start", ({ pid }) => {
      return new Failure(
        `npm start already runs on ${folder} (process ${pid}); stop it, or give another --data-dir`,
      );
    });
    writeFileSync(pidFile, String(process.pid));
    return {
      release: () => {
        rmSync(pidFile, { force: true });
        lock.release();
      },
    };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      `--data-dir ${folder}: can't be written (${reasonOf(error)}); make room or give another`,
      4,
    );
  }
}
