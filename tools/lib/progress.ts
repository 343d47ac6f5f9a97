import process from "node:process";
import { styleText } from "node:util";
import yoctoSpinner, { type Spinner } from "yocto-spinner";

/**
 * Progress for people, on standard error: standard output belongs to the JSON lines that programs read. At a terminal a
 * last line moves while phases run and says which; colours keep to NO_COLOR (https://no-color.org).
 */
export class Progress {
  readonly #started = performance.now();
  readonly #running = new Map<string, number>();
  readonly #live: Spinner | undefined;
  #tick: NodeJS.Timeout | undefined;
  /** Seconds a named phase took, e.g. `{"python": 3.1}`. */
  readonly seconds: Record<string, number> = {};

  /** @param live whether the last line may move: not where others write to the terminal by themselves */
  constructor({ live = false } = {}) {
    const { isTTY } = process.stderr;
    const { TERM, CI } = process.env;
    // Whoever stops a command by a signal has ends of their own to meet.
    if (live && isTTY && TERM !== "dumb" && CI === undefined)
      this.#live = yoctoSpinner({ handleSignals: false });
  }

  /** One line, stamped with the seconds since the start. */
  say(message: string): void {
    const elapsed = ((performance.now() - this.#started) / 1000).toFixed(1).padStart(6);
    const isPlain = this.#live === undefined || process.env["NO_COLOR"];
    const stamp = isPlain ? `${elapsed} s` : styleText("dim", `${elapsed} s`);
    process.stderr.write(`${stamp}  ${message}\n`);
  }

  /** Runs a phase and remembers its duration under `name`. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    this.#running.set(name, from);
    this.#show();
    try {
      const result = await work();
      this.seconds[name] = seconds(from);
      return result;
    } finally {
      this.#running.delete(name);
      this.#show();
    }
  }

  /** The last line: what runs, and for how long; gone where nothing does. */
  #show(): void {
    const live = this.#live;
    if (live === undefined) return;
    if (this.#running.size === 0) {
      clearInterval(this.#tick);
      this.#tick = undefined;
      live.stop();
      return;
    }
    const running = [...this.#running].map(
      ([name, from]) => `${name} ${Math.round((performance.now() - from) / 1000)} s`,
    );
    live.text = running.join(", ");
    if (live.isSpinning) return;
    live.start();
    this.#tick = setInterval(() => {
      this.#show();
    }, 1000).unref();
  }

  /** Seconds since the start, to one decimal. */
  total(): number {
    return seconds(this.#started);
  }
}

function seconds(from: number): number {
  return Math.round((performance.now() - from) / 100) / 10;
}
