import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/**
 * Parses a value, with the types that `pulumi config set` gives it put right: it writes every value
 * at the top as a text (`"true"`, `"5"`), and below it, with `--path`, each number as a number, also
 * where it is a name (`4711`).
 *
 * @returns the value as it was parsed, and what became of it.
 */
export function parseLeniently<Schema extends z.ZodType>(schema: Schema, value: unknown) {
  const result = schema.safeParse(value);
  const issues = result.error?.issues ?? [];
  const rewritten = issues.reduce<unknown>(
    (whole, issue) => replaceAt(whole, issue.path, (part) => asExpected(part, issue)),
    value,
  );
  return rewritten === value
    ? { value, result }
    : { value: rewritten, result: schema.safeParse(rewritten) };
}

/** The value in the type that is due where it says the same; else as it is. */
function asExpected(value: unknown, issue: Issue): unknown {
  if (issue.code !== "invalid_type") return value;
  const { expected } = issue;
  if (expected === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (typeof value === "string" && /^-?\d+$/.test(value) && ["number", "int"].includes(expected)) {
    return Number(value);
  }
  // Beyond 53 bits, or with a fraction, the number may no longer be what was written.
  return expected === "string" && Number.isSafeInteger(value) ? String(value) : value;
}

function replaceAt(
  value: unknown,
  [step, ...rest]: readonly PropertyKey[],
  replace: (part: unknown) => unknown,
): unknown {
  if (step === undefined) return replace(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) =>
      index === step ? replaceAt(item, rest, replace) : item,
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      key === step ? replaceAt(item, rest, replace) : item,
    ]),
  );
}

/** The part of a value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === "object" && node !== null
        ? (node as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
}
