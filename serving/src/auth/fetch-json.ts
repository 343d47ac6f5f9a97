const TIMEOUT_MS = 5_000;
/** The largest document accepted from an issuer, in bytes; a key set with certificates takes some ten thousand. */
const MAX_BYTES = 256 * 1024;

/**
 * Fetches one JSON document from an issuer: no redirects, five seconds at most for everything, bounded size.
 *
 * Throws an Error that names the URL and what was wrong.
 */
export async function fetchJson(url: string): Promise<unknown> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { accept: "application/json, application/jwk-set+json" };
  try {
    const response = await fetch(url, { signal, headers, redirect: "error" });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answered ${response.status}`);
    }
    return JSON.parse(await boundedText(response)) as unknown;
  } catch (error) {
    throw new Error(`${url} could not be used: ${reason(error)}`, { cause: error });
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by an exception cancels the stream and frees the connection.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`the document exceeds ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `fetch` says only "fetch failed"; the reason is in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") {
    return `${error.message}; is its address among 'slipway:auth.addresses', which a cluster's network policy lets this server out to?`;
  }
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
