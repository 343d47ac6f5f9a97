import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Failure } from "./failure.ts";

/** What to run, and as whom the terminal knows it. */
export interface Command {
  /** Name in messages and of the log file, e.g. `mlflow`. */
  name: string;
  argv: [string, ...string[]];
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Receives standard output line by line; without it, standard output goes to the log file too. */
  onLine?: (line: string) => void;
  /** Goes on with the log file of an earlier start. @default false, which begins it anew */
  appendLog?: boolean;
  /** Told of every end of the process that `stop` did not ask for. */
  onExit?: (code: number) => void;
}

/** A started child: its log file and a promise of its exit code (128 + signal number counts as 1). */
export interface Child {
  name: string;
  pid: number;
  log: string;
  exited: Promise<number>;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 10_000;

/**
 * The processes of one `npm start`, each in a process group of its own, so that a stop reaches grandchildren
 * (MLflow forks workers) and a Ctrl-C in the terminal reaches only us, who stop them in order.
 */
export class Children {
  readonly #running = new Map<string, { process: ChildProcess; child: Child }>();
  readonly #logs: string;
  readonly #watchdog: ChildProcess;
  #stopping = false;

  /** @param logs folder of the log files, made when absent. */
  constructor(logs: string) {
    mkdirSync(logs, { recursive: true });
    this.#logs = logs;
    const script = fileURLToPath(new URL("watchdog.ts", import.meta.url));
    this.#watchdog = spawn(process.execPath, ["--import", "tsx", script], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.#watchdog.stdin?.on("error", () => undefined);
  }

  /** Starts a child. @throws Failure when the program can't be started. */
  start(command: Command): Child {
    const log = path.join(this.#logs, `${command.name}.log`);
    const file = openSync(log, command.appendLog === true ? "a" : "w");
    const [program, ...args] = command.argv;
    const started = spawn(program, args, {
      env: { ...process.env, ...command.env },
      stdio: ["ignore", command.onLine === undefined ? file : "pipe", file],
      detached: true,
    });
    closeSync(file);
    const exited = new Promise<number>((resolve) => {
      started.once("error", () => {
        resolve(127);
      });
      started.once("close", (code) => {
        resolve(code ?? 1);
      });
    });
    if (started.pid === undefined) {
      throw new Failure(
        `${command.name} can't be started: ${program} is missing or not executable`,
      );
    }
    if (command.onLine !== undefined && started.stdout !== null) {
      createInterface({ input: started.stdout }).on("line", command.onLine);
    }
    const child = { name: command.name, pid: started.pid, log, exited };
    this.#running.set(command.name, { process: started, child });
    this.#watchdog.stdin?.write(`+${started.pid}\n`);
    void exited.then((code) => {
      this.#running.delete(command.name);
      // The leader is gone; whatever it left in its group goes with it.
      signalGroup(child.pid, "SIGKILL");
      this.#watchdog.stdin?.write(`-${child.pid}\n`);
      if (!this.#stopping) command.onExit?.(code);
    });
    return child;
  }

  /** Ends every child: SIGTERM, and after ten seconds SIGKILL. Returns when none is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const ends = [...this.#running.values()].map(({ child }) => child.exited);
    this.#signal("SIGTERM");
    const timeout = sleep(GRACE, "late", { ref: false });
    if ((await Promise.race([Promise.all(ends), timeout])) === "late") this.kill();
    await Promise.all(ends);
    this.#watchdog.stdin?.end();
  }

  /** Ends every child at once. */
  kill(): void {
    this.#stopping = true;
    this.#signal("SIGKILL");
  }

  #signal(signal: NodeJS.Signals): void {
    for (const { child } of this.#running.values()) signalGroup(child.pid, signal);
  }
}

/** The last lines of a child's log, for a message; Node's stack frames say nothing to a reader. */
export function lastLines(log: string, count = 15): string {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  return lines
    .filter((line) => !/^\s+at .*:\d+:\d+\)?$/.test(line))
    .slice(-count)
    .join("\n");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group ended in the meantime.
  }
}
