import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.ts";

/** Milliseconds between two looks at an address. */
const INTERVAL = 100;

/**
 * Waits until `url` answers 200 with a body that is as expected.
 * @param seconds how long at most. @param signal gives up at once, with its reason.
 * @throws Failure when the time is over; it says what the address answered last.
 */
export async function waitFor(
  url: string,
  seconds: number,
  signal: AbortSignal,
  expected: (body: string) => boolean = () => true,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  let last = "nothing";
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      const text = await response.text();
      if (response.status === 200 && expected(text)) return;
      last = `${response.status} ${text.slice(0, 300)}`;
    } catch {
      // Not listening yet; `last` keeps the latest real answer.
    }
    await sleep(INTERVAL);
  }
  throw new Failure(`${url} did not answer as expected within ${seconds} s; last answer: ${last}`);
}
