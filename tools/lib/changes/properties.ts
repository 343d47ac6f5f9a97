import { isDeepStrictEqual } from "node:util";

/** Longer values, and those of several lines, are told by their path alone. */
const LONGEST_VALUE = 120;

/**
 * What differs at `paths`, for people: `spec.maxReplicas: 2 → 3` where both sides are short plain values, else the path as
 * deep as it goes. Of secrets and generated passwords the path alone, whatever is in it.
 */
export function propertiesBetween(
  type: string,
  old: unknown,
  next: unknown,
  paths: readonly string[],
): string[] {
  if (isSecretive(type)) return [...paths];
  return paths.flatMap((path) => leaves(at(old, path), at(next, path), path));
}

/** Whether no value of such a resource may be shown. */
export function isSecretive(type: string): boolean {
  return /secret|random/i.test(type);
}

function leaves(old: unknown, next: unknown, path: string): string[] {
  if (isDeepStrictEqual(old, next)) return [];
  if (Array.isArray(old) && Array.isArray(next)) {
    const longest = Array.from({ length: Math.max(old.length, next.length) });
    return longest.flatMap((_, index) => leaves(old[index], next[index], `${path}[${index}]`));
  }
  if (isRecord(old) && isRecord(next)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
    return keys.flatMap((key) => leaves(old[key], next[key], `${path}.${key}`));
  }
  const [before, after] = [shortText(old), shortText(next)];
  return [before === undefined || after === undefined ? path : `${path}: ${before} → ${after}`];
}

/** Undefined where it is too long to show. */
function shortText(value: unknown): string | undefined {
  return value === undefined ? "none" : shortValue(value);
}

/** Text of a plain value, undefined where it is none or too long to show. */
export function shortValue(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
    return undefined;
  const text = String(value);
  return text.length <= LONGEST_VALUE && !/[\r\n]/.test(text) ? text : undefined;
}

/** By a path of `differences`, whose keys may have dots in them: the longest key that is there goes first. */
function at(value: unknown, path: string): unknown {
  if (path === "" || !isRecord(value)) return path === "" ? value : undefined;
  if (path in value) return value[path];
  const keys = Object.keys(value).sort((a, b) => b.length - a.length);
  const key = keys.find((one) => path.startsWith(`${one}.`));
  return key === undefined ? undefined : at(value[key], path.slice(key.length + 1));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
