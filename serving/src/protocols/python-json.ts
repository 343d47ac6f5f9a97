import { endOfString, parseJson } from "../json.ts";

/**
 * Parses JSON as Python writes it: `json.dumps` puts a missing number as the bare word `NaN`, which
 * no JSON has; it reads as null here. Depth and faults are those of `parseJson`.
 */
export function parsePythonJson(text: string, maxDepth: number): unknown {
  return parseJson(text.includes("NaN") ? nullForNaN(text) : text, maxDepth);
}

/** Replaces `NaN` everywhere but inside strings. */
function nullForNaN(text: string): string {
  const parts: string[] = [];
  let start = 0;
  while (start < text.length) {
    const quote = text.indexOf('"', start);
    const outside = quote === -1 ? text.length : quote;
    const next = quote === -1 ? text.length : endOfString(text, quote) + 1;
    parts.push(text.slice(start, outside).replaceAll("NaN", "null"), text.slice(outside, next));
    start = next;
  }
  return parts.join("");
}
