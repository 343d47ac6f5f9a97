/** Milliseconds for which a failure stands, so that who asks again and again costs no more than one. */
const FAILURE_STANDS = 5000;

/** Answers by what was asked, each for a time and only so many; who asks meanwhile gets the same. */
export class AnswerCache<Answer> {
  readonly #stands: number;
  readonly #most: number;
  readonly #kept = new Map<string, { until: number; answer: Promise<Answer> }>();

  /** @param stands milliseconds for which an answer stands @param most how many are kept at once; the oldest goes first */
  constructor(stands: number, most: number) {
    this.#stands = stands;
    this.#most = most;
  }

  get(key: string, ask: () => Promise<Answer>, now = performance.now()): Promise<Answer> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && now < kept.until) return kept.answer;
    const fresh = { until: now + this.#stands, answer: ask() };
    fresh.answer.catch(() => {
      fresh.until = Math.min(fresh.until, now + FAILURE_STANDS);
    });
    this.#kept.delete(key);
    this.#kept.set(key, fresh);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
    return fresh.answer;
  }
}
