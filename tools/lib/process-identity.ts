import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

/** A living process, as far as another one can see it. */
export interface ProcessInfo {
  pid: number;
  parent: number;
  /** Program without its folder, e.g. `node` or `npm start`. */
  program: string;
  /** Names this process for ever, where its number is given to another one later. */
  identity: string;
}

/** What is known of a process, or undefined when there is none of that number. From /proc, or from `ps` elsewhere. */
export function processInfo(pid: number): ProcessInfo | undefined {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): ProcessInfo | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // "PID (PROGRAM) STATE PARENT ... START": the program may hold blanks and parentheses; proc_pid_stat(5), fields 3 ff.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const [state, parent, ...more] = stat.slice(end + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    const program = stat.slice(stat.indexOf("(") + 1, end);
    return { pid, parent: Number(parent), program, identity: `${boot} ${more[17] ?? ""}` };
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): ProcessInfo | undefined {
  const columns = ["-o", "ppid=", "-o", "lstart=", "-o", "comm="];
  const env = { ...process.env, LC_ALL: "C" };
  const { stdout, status } = spawnSync("ps", [...columns, "-p", String(pid)], {
    encoding: "utf8",
    env,
  });
  // lstart is five words, e.g. "Wed Nov 25 18:51:42 2026".
  const found = /^\s*(\d+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*?)\s*$/.exec(stdout);
  if (status !== 0 || found === null) return undefined;
  const [, parent, identity = "", command = ""] = found;
  return {
    pid,
    parent: Number(parent),
    program: command.split("/").at(-1) ?? "",
    identity,
  };
}
