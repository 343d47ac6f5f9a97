import { RequestError } from "../client.ts";
import type { Row } from "../form.ts";
import type { Prediction } from "../package.ts";
import type { CellError } from "./columns.ts";

/** A row to be asked, and where it stands in the file. */
export interface Asked {
  at: number;
  row: Row;
}

/** What came of the rows so far. */
export interface Results {
  /** By the row's place in the file. */
  answers: ReadonlyMap<number, Prediction>;
  errors: readonly CellError[];
}

/** Sends rows to the model. @throws RequestError */
type Ask = (rows: readonly Row[], signal: AbortSignal) => Promise<readonly Prediction[]>;

/** Of one request: far below what an API takes by default, and enough that asking costs little. */
const [MOST_ROWS, MOST_BYTES] = [500, 256 * 1024];
/** How often a model that has no time is asked again, and the first pause, which doubles, in milliseconds. */
const [TRIES, PAUSE] = [5, 500];

/**
 * Predicts row after row, a request at a time. Rows that the model refuses are left out, with what it says of them.
 *
 * @param told is called after each request with how many rows are done
 * @throws RequestError where the model refuses more than rows, or has no time for minutes; AbortError on `signal`
 */
export async function predictAll(
  rows: readonly Asked[],
  ask: Ask,
  signal: AbortSignal,
  told: (done: number, results: Results) => void,
  pause = PAUSE,
): Promise<Results> {
  const answers = new Map<number, Prediction>();
  const errors: CellError[] = [];
  const results = { answers, errors };
  let done = 0;
  for (const chunk of chunksOf(rows)) {
    let left = chunk;
    while (left.length > 0) {
      try {
        const asked = left;
        const got = await patiently(
          () =>
            ask(
              asked.map(({ row }) => row),
              signal,
            ),
          signal,
          pause,
        );
        asked.forEach(({ at }, index) => {
          const answer = got[index];
          if (answer) answers.set(at, answer);
        });
        break;
      } catch (error) {
        const refused = error instanceof RequestError ? refusedOf(error, left) : [];
        if (refused.length === 0) throw error;
        errors.push(...refused);
        const bad = new Set(refused.map(({ row }) => row));
        left = left.filter(({ at }) => !bad.has(at));
      }
    }
    done += chunk.length;
    told(done, results);
  }
  return results;
}

function* chunksOf(rows: readonly Asked[]): Generator<readonly Asked[]> {
  let [chunk, bytes]: [Asked[], number] = [[], 0];
  for (const one of rows) {
    const size = JSON.stringify(one.row).length;
    if (chunk.length === MOST_ROWS || (bytes + size > MOST_BYTES && chunk.length > 0)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(one);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** Asks again where the model is busy or just being replaced. */
async function patiently<Answer>(
  ask: () => Promise<Answer>,
  signal: AbortSignal,
  pause: number,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const busy = error instanceof RequestError && [502, 503, 504].includes(error.status ?? 0);
      if (!busy || tries === TRIES) throw error;
      await after(pause * 2 ** (tries - 1), signal);
    }
  }
}

/** The rows that an RFC 6901 pointer such as `/12/Glucose` names, by their places in the file. */
function refusedOf({ problem }: RequestError, asked: readonly Asked[]): CellError[] {
  return (problem.errors ?? []).flatMap(({ path, detail }) => {
    const [, index = "", name] = path.split("/");
    const one = /^\d+$/.test(index) ? asked[Number(index)] : undefined;
    if (one === undefined) return [];
    const column = name?.replaceAll("~1", "/").replaceAll("~0", "~") ?? null;
    return [{ row: one.at, column, problem: detail }];
  });
}

function after(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
