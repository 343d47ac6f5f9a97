import { spawn } from "node:child_process";
import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RUN } from "./paths.ts";
import { DAEMONS } from "./cgroup.ts";
import { DATA } from "../../lib/paths.ts";
import { Failure } from "../../lib/failure.ts";

/** A long-running process of the sandbox. */
export interface Daemon {
  /** Name of its record and log. */
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Configuration by path, written before the start only: kube-proxy ends when its file is touched. */
  files?: Record<string, string>;
}

/** What is remembered of a started daemon. The start time tells it from a later process with the same id. */
export interface ProcessRecord {
  name: string;
  pid: number;
  /** Clock ticks from boot to start, field 22 of /proc/PID/stat. */
  started: number;
}

const RECORDS = join(RUN, "processes");

/** Path of a daemon's log. */
export function logFile(name: string): string {
  return join(DATA, "logs", `${name}.log`);
}

/** Start time from the text of /proc/PID/stat; the command's name in it may hold spaces and brackets. */
export function startTime(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
}

/** Whether the process of a record still runs: same id, same start time, not a zombie. */
export async function isRunning(record: ProcessRecord): Promise<boolean> {
  const stat = await readFile(`/proc/${record.pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return false;
  return startTime(stat) === record.started && !stat.includes(") Z ");
}

/** Every recorded daemon, in the order of their start. */
export async function records(): Promise<ProcessRecord[]> {
  const files = await readdir(RECORDS).catch(() => []);
  const all = await Promise.all(
    files.map(
      async (file) => JSON.parse(await readFile(join(RECORDS, file), "utf8")) as ProcessRecord,
    ),
  );
  return all.sort((a, b) => a.started - b.started);
}

/** Starts a daemon unless it runs already; it outlives this command and logs to {@link logFile}. */
export async function start({ name, command, args, env, files = {} }: Daemon): Promise<void> {
  const known = (await records()).find((record) => record.name === name);
  if (known && (await isRunning(known))) return;
  await mkdir(RECORDS, { recursive: true });
  await mkdir(join(DATA, "logs"), { recursive: true });
  for (const [path, content] of Object.entries(files)) await writeFile(path, content);
  const log = await open(logFile(name), "a");
  // The shell joins the control group before it becomes the daemon, so that no descendant escapes `destroy`.
  const child = spawn(
    "sh",
    ["-c", 'echo $$ >"$0" && exec "$@"', join(DAEMONS, "cgroup.procs"), command, ...args],
    {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: { ...process.env, ...env },
      cwd: "/",
    },
  );
  child.unref();
  await log.close();
  if (child.pid === undefined)
    throw new Failure(
      `${name}: '${command}' could not be started: is it there and executable? \`npm run sandbox\` makes it anew`,
    );
  const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
  const record: ProcessRecord = { name, pid: child.pid, started: startTime(stat) };
  await writeFile(join(RECORDS, `${name}.json`), JSON.stringify(record));
}

/** Asks a daemon to end, forces it after `grace` milliseconds, and forgets it. */
export async function stop(record: ProcessRecord, grace = 5000): Promise<void> {
  const deadline = Date.now() + grace;
  if (await isRunning(record)) process.kill(record.pid, "SIGTERM");
  while (await isRunning(record)) {
    if (Date.now() > deadline) process.kill(record.pid, "SIGKILL");
    await sleep(50);
  }
  await rm(join(RECORDS, `${record.name}.json`), { force: true });
}

/** Waits until `ready` holds; fails early, with the end of the log, when the daemon has died. */
export async function waitFor(
  name: string,
  ready: () => Promise<boolean>,
  seconds = 90,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await ready().catch(() => false))) {
    const record = (await records()).find((entry) => entry.name === name);
    const dead = record === undefined || !(await isRunning(record));
    if (dead || Date.now() > deadline) {
      const reason = dead ? "has ended" : `is not ready after ${seconds} s`;
      throw new Failure(`${name} ${reason}; the end of ${logFile(name)}:\n${await logTail(name)}`);
    }
    await sleep(200);
  }
}

async function logTail(name: string): Promise<string> {
  const log = await readFile(logFile(name), "utf8").catch(() => "");
  return log.trimEnd().split("\n").slice(-15).join("\n");
}
