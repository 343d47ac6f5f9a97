import { connect } from "node:net";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { tell } from "../tell.ts";

/** A plugin's command line ends with where its engine listens. */
const PLUGIN =
  /^\s*(\d+)\s+(?:\S*\/)?(pulumi-(?:resource|language)-[\w-]+)\s.*?(?:127\.0\.0\.1|localhost):(\d+)\s*$/;

/** How long a plugin has to end by itself, in milliseconds. */
const PATIENCE = 5000;

/**
 * Ends plugins whose engine is gone. A killed `up` leaves them for minutes, and what one of them had begun may still come to be
 * after somebody has looked.
 */
export async function endOrphans(): Promise<void> {
  const { stdout, failed } = await execa("ps", ["-eo", "pid=,args="], { reject: false });
  if (failed) return;
  for (const line of stdout.split("\n")) {
    const [, pid, name = "", port] = PLUGIN.exec(line) ?? [];
    if (pid === undefined || (await answers(Number(port)))) continue;
    if (!(await ended(Number(pid)))) continue;
    tell(`ended ${name} (pid ${pid}), which the killed one left`);
  }
}

/** Whether somebody listens on a port of this machine. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => {
      done(true);
    });
    socket.once("error", () => {
      done(false);
    });
  });
}

/** Ends a process; whether it is gone. Another user's is left alone. */
async function ended(pid: number): Promise<boolean> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!send(pid, signal)) return false;
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline;) {
      if (!send(pid, 0)) return true;
      await pause(50);
    }
  }
  return false;
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
