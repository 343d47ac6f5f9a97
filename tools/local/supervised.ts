import { lastLines, type Children, type Command } from "../lib/children.ts";
import { Failure, reasonOf } from "../lib/failure.ts";

/** How patiently a child is started again. */
export interface BackOff {
  /** Milliseconds before the second start; each further pause is twice as long. */
  first: number;
  longest: number;
  /** A child that ran for so many milliseconds begins with the first pause again. */
  steady: number;
}

/** Ends in a row, without an answer between them, after which nothing is expected of a child any more. */
const HOPELESS = 3;

/**
 * A child that is started again, each time a little later, when it ends by itself: the death of one prediction API
 * concerns neither the others nor the page.
 */
export class Supervised {
  readonly #children: Children;
  readonly #command: Command;
  readonly #say: (message: string) => void;
  readonly #ended: AbortSignal;
  readonly #backOff: BackOff;
  readonly #hopeless = new AbortController();
  #startedAt = 0;
  #pause: number;
  #endsInARow = 0;

  /**
   * Starts the child.
   * @param say receives each unexpected end, in words. @param ended aborted when nothing is to be started any more.
   */
  constructor(
    children: Children,
    command: Command,
    say: (message: string) => void,
    ended: AbortSignal,
    backOff: BackOff = { first: 1000, longest: 30_000, steady: 60_000 },
  ) {
    this.#children = children;
    this.#command = command;
    this.#say = say;
    this.#ended = ended;
    this.#backOff = backOff;
    this.#pause = backOff.first;
    this.#start(false);
  }

  /** Aborted, with a Failure, once the child ended three times in a row before it answered. */
  get hopeless(): AbortSignal {
    return this.#hopeless.signal;
  }

  /** To be called when the child answers: what ended before is forgotten. */
  answers(): void {
    this.#endsInARow = 0;
  }

  #start(again: boolean): void {
    this.#startedAt = performance.now();
    const child = this.#children.start({
      ...this.#command,
      appendLog: again,
      onExit: (code) => {
        const end = `${this.#command.name} ended unexpectedly with exit code ${code}`;
        this.#startLater(end, `; its log ${child.log} ends with:\n${lastLines(child.log)}`);
      },
    });
  }

  #startLater(end: string, details: string): void {
    if (this.#ended.aborted) return;
    const { first, longest, steady } = this.#backOff;
    if (performance.now() - this.#startedAt >= steady) this.#pause = first;
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, longest);
    this.#say(`${end}; it is started again in ${pause / 1000} s${details}`);
    if (++this.#endsInARow >= HOPELESS) {
      this.#hopeless.abort(new Failure(`${end}, ${HOPELESS} times in a row${details}`));
    }
    setTimeout(() => {
      if (this.#ended.aborted) return;
      try {
        this.#start(true);
      } catch (error) {
        this.#startLater(reasonOf(error), "");
      }
    }, pause).unref();
  }
}
