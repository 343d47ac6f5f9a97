/** Why no answer of a server behind this one can be handed on; `status` is what the page's client gets, `nobody` that nothing answered. */
export class GatewayError extends Error {
  readonly status: 502 | 503 | 504;
  readonly nobody: boolean;

  constructor(status: 502 | 503 | 504, message: string, nobody = false) {
    super(message);
    this.status = status;
    this.nobody = nobody;
  }
}

/**
 * Sends one request, which follows no redirect, and reads its answer.
 *
 * @param who the server's name in a sentence, such as `MLflow`
 * @param timeout milliseconds until `read` must have the whole answer
 * @throws GatewayError when it cannot be reached (502) or is too slow (504), and what `read` throws.
 */
export async function reach<T>(
  who: string,
  url: string,
  request: RequestInit,
  timeout: number,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeout);
  try {
    return await read(await fetch(url, { ...request, redirect: "manual", signal }));
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (signal.aborted) {
      throw new GatewayError(504, `${who} did not answer within ${timeout / 1000} s.`);
    }
    throw new GatewayError(502, `${who} cannot be reached (${cause(error)}).`, true);
  }
}

/** undici hides the reason, such as ECONNREFUSED, in the cause. */
function cause(error: unknown): string {
  const inner = error instanceof Error ? (error.cause ?? error) : error;
  if (!(inner instanceof Error)) return String(inner);
  return "code" in inner ? String(inner.code) : inner.message;
}
