import { createHash, createHmac } from "node:crypto";
import { HASH_DIGITS } from "../well-known.ts";

/**
 * The same of a secret. Without the key, which is random and kept as a secret itself, it tells nothing of the text (RFC 2104),
 * not even of one that is easily guessed; a plain hash of such a password would be its dictionary's next entry.
 */
export function keyedHash(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex").slice(0, HASH_DIGITS);
}

/** Eight hex digits that change with any of `parts`: names what must be new when its content is. */
export function contentHash(...parts: string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, HASH_DIGITS);
}
