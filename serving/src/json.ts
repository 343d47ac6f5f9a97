import { Problem } from "./problem.ts";

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = "\\".charCodeAt(0);
const COLON = ":".charCodeAt(0);
const OPEN_BRACE = "{".charCodeAt(0);
const CLOSE_BRACE = "}".charCodeAt(0);
const OPEN_BRACKET = "[".charCodeAt(0);
const CLOSE_BRACKET = "]".charCodeAt(0);

/**
 * Parses a JSON body of at most `maxDepth` nested objects and arrays. Throws a 400 Problem that
 * never quotes the body: V8's own message does, and request values must not reach a log.
 */
export function parseJson(text: string, maxDepth: number): unknown {
  const members = countMembers(text, maxDepth);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const [, position] = /at position (\d+)/.exec((cause as Error).message) ?? [];
    const where = position === undefined ? "" : ` (near character ${position})`;
    throw new Problem(400, "malformed", `The body is not valid JSON${where}.`);
  }
  if (membersOf(value) !== members) {
    throw new Problem(400, "malformed", "An object of the body has the same key twice.");
  }
  return value;
}

/**
 * The keys at `depth` (1: the outermost object) of a valid JSON text, in the order they are written:
 * a parsed object has its integer-like keys first, in ascending order.
 */
export function keysInOrder(text: string, depth: number): string[] {
  const keys: string[] = [];
  let level = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const end = endOfString(text, i);
      if (level === depth && isKey(text, end + 1)) {
        keys.push(JSON.parse(text.slice(i, end + 1)) as string);
      }
      i = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      level += 1;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      level -= 1;
    }
  }
  return keys;
}

/** Counts `name: value` pairs in the text; refuses nesting that would cost more than its worth. */
function countMembers(text: string, maxDepth: number): number {
  let depth = 0;
  let members = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === COLON) {
      members += 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > maxDepth) {
        throw new Problem(400, "malformed", `The body is nested deeper than ${maxDepth} levels.`);
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return members;
}

/** Index of the quote that closes the string opened at `start`; the text's length if none does. */
export function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
}

/** Counts the members that parsing kept: fewer than in the text means a key came twice. */
function membersOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") members += membersOf(item);
    return members;
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    members += 1;
    if (typeof object[key] === "object") members += membersOf(object[key]);
  }
  return members;
}

/** Whether the string that ended before `from` is followed by a colon. */
function isKey(text: string, from: number): boolean {
  let next = from;
  while (text.charCodeAt(next) <= 32) next += 1;
  return text.charCodeAt(next) === COLON;
}
