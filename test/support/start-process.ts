import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const root = path.resolve(import.meta.dirname, "..", "..");

/** The line that says all is up. */
export interface Ready {
  ready: true;
  mlflow: string;
  models: Record<string, string>;
  /** Why a model has no new champion or does not answer, by name. */
  failed: Record<string, string>;
  ui: string;
}

/** What `--once` prints. */
export interface Once {
  models: {
    name: string;
    version: string;
    metrics: Record<string, number>;
    request: Record<string, unknown>;
    response: Record<string, unknown>;
  }[];
  failed: Record<string, string>;
  seconds: Record<string, number>;
}

/** A `npm start` as a real process; every process below it carries the mark in its environment. */
export class Start {
  readonly mark = randomUUID();
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  stdout = "";
  stderr = "";

  constructor(args: string[], env: Record<string, string> = {}) {
    this.process = spawn(process.execPath, ["--import", "tsx", "tools/start.ts", ...args], {
      cwd: root,
      env: { ...process.env, ...env, SLIPWAY_TEST_MARK: this.mark },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => this.process.once("close", resolve));
  }

  /** Waits for a line of progress or for the ready line. */
  async until(pattern: RegExp, seconds = 120): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!pattern.test(this.stdout + this.stderr)) {
      if (Date.now() > deadline) throw new Error(`no ${pattern.source} in:\n${this.stderr}`);
      if (this.process.exitCode !== null) throw new Error(`ended early:\n${this.stderr}`);
      await sleep(50);
    }
  }

  async ready(seconds = 120): Promise<Ready> {
    await this.until(/"ready":true.*\n/, seconds);
    return JSON.parse(lastLine(this.stdout)) as Ready;
  }

  /** Processes that still carry the mark. */
  left(): string[] {
    return readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, "utf8").includes(this.mark);
        } catch {
          return false;
        }
      });
  }

  /** The process below this start whose command line contains `text`. */
  pidOf(text: string): number {
    const found = this.left().find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text),
    );
    assert.ok(found !== undefined, `no process of this start runs ${text}`);
    return Number(found);
  }

  async allGone(seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (this.left().length > 0 && Date.now() < deadline) await sleep(100);
    assert.deepEqual(this.left(), []);
  }
}

/** The last line of a text, without its line break. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
