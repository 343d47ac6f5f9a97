import { createHash } from "node:crypto";
import { HASH_DIGITS } from "../well-known.ts";

/** Eight hex digits that change with any of `parts`: names what must be new when its content is. */
export function contentHash(...parts: string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, HASH_DIGITS);
}
