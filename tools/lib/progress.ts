import process from "node:process";

/** Progress for people, on standard error: standard output belongs to the JSON lines that programs read. */
export class Progress {
  readonly #started = performance.now();
  /** Seconds a named phase took, e.g. `{"python": 3.1}`. */
  readonly seconds: Record<string, number> = {};

  /** One line, stamped with the seconds since the start. */
  say(message: string): void {
    const elapsed = ((performance.now() - this.#started) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${elapsed} s  ${message}\n`);
  }

  /** Runs a phase and remembers its duration under `name`. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    const result = await work();
    this.seconds[name] = seconds(from);
    return result;
  }

  /** Seconds since the start, to one decimal. */
  total(): number {
    return seconds(this.#started);
  }
}

function seconds(from: number): number {
  return Math.round((performance.now() - from) / 100) / 10;
}
