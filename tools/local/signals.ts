import process from "node:process";
import { processInfo } from "../lib/process-identity.ts";

/** Milliseconds between two looks at whether npm still lives. */
const PARENT_CHECK = 1000;
/** npm runs a script through a shell, which outlives a killed npm. */
const SHELLS = ["sh", "dash", "bash", "zsh", "ash", "ksh", "busybox"];

/**
 * Calls `stop` at the first Ctrl-C, SIGTERM, SIGHUP or when the npm that started us has gone, and `force` at the second.
 * @param stop receives what happened, in words.
 */
export function onStopRequest(stop: (reason: string) => void, force: () => void): void {
  let asked = false;
  const request = (reason: string): void => {
    if (asked) force();
    else stop(reason);
    asked = true;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // npm passes a terminal's Ctrl-C on, although the terminal sent it to us as well: two at once are one.
    let last = -Infinity;
    process.on(signal, () => {
      const now = performance.now();
      if (now - last > 500) request(signal);
      last = now;
    });
  }
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const starters = startersOf(process.pid);
  setInterval(() => {
    if (!asked && !sameStarters(starters)) request("npm has gone");
  }, PARENT_CHECK).unref();
}

/** Numbers of the processes that started `pid`, from its parent up to the first that is no shell: npm. */
function startersOf(pid: number): number[] {
  const parent = processInfo(pid)?.parent ?? process.ppid;
  const isShell = SHELLS.includes(processInfo(parent)?.program ?? "");
  return isShell ? [parent, ...startersOf(parent)] : [parent];
}

/** A process whose parent ends is given to another one, so a chain that still holds means that all of it lives. */
function sameStarters(starters: number[]): boolean {
  return starters.every((starter, index) => {
    const child = starters[index - 1];
    return child === undefined ? process.ppid === starter : processInfo(child)?.parent === starter;
  });
}
