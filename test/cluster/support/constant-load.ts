import { setTimeout as sleep } from "node:timers/promises";
import { predict } from "./sandbox.ts";

/** What a constant load saw. */
export interface LoadResult {
  answered: number;
  /** One text per failed request; a client that retried would see none of them. */
  failures: string[];
  /** The model version that each answer named, without repeats. */
  versions: string[];
}

/** One prediction that throws on anything but a proper answer. */
type Request = () => Promise<unknown>;

/**
 * Predicts without pause from a few clients, each request on a new connection and never repeated,
 * while `work` goes on.
 */
export async function underLoad(
  work: () => Promise<unknown>,
  { clients = 4, request = predict }: { clients?: number; request?: Request } = {},
): Promise<LoadResult> {
  const result: LoadResult = { answered: 0, failures: [], versions: [] };
  let stopped = false;
  const client = async (): Promise<void> => {
    while (!stopped) {
      await request().then(
        (answer) => {
          result.answered += 1;
          const { version } = (answer as { model: { version: string } }).model;
          if (!result.versions.includes(version)) result.versions.push(version);
        },
        (error: unknown) => result.failures.push(String(error)),
      );
      await sleep(10);
    }
  };
  const running = Array.from({ length: clients }, client);
  try {
    await work();
    await sleep(2000);
  } finally {
    stopped = true;
    await Promise.all(running);
  }
  return result;
}
