import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { Failure, reasonOf } from "../lib/failure.ts";

/**
 * Makes the data folder this process's own until `release`: two servers on one SQLite file would spoil it.
 * A lock whose process is gone (kill -9, power cut) is taken over.
 * @throws Failure when another `npm start` uses the folder, or when it can't be written.
 */
export function lockDataDir(folder: string): { release: () => void } {
  const file = path.join(folder, "start.pid");
  try {
    mkdirSync(folder, { recursive: true });
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        writeFileSync(file, String(process.pid), { flag: "wx" });
        return {
          release: () => {
            rmSync(file, { force: true });
          },
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        const owner = Number(readFileSync(file, "utf8"));
        if (isStart(owner)) {
          throw new Failure(
            `npm start already runs on ${folder} (process ${owner}); stop it, or give another --data-dir`,
          );
        }
        rmSync(file, { force: true });
      }
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      `--data-dir ${folder}: can't be written (${reasonOf(error)}); make room or give another`,
      4,
    );
  }
  throw new Failure(`${file} can't be taken; another npm start is just beginning, try again`);
}

/** Whether the process lives and is a `npm start`: pids are used again after a restart of the machine. */
function isStart(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("start.ts");
  } catch (error) {
    // Without /proc (macOS) a living process is taken for ours; with it, a vanished one is not.
    return (error as NodeJS.ErrnoException).code === "ENOENT" && process.platform !== "linux";
  }
}
