import type { z } from "zod";
import { valueAt } from "./parse.ts";
import { type Problem, schema } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** One key of a stack as it was parsed. */
interface Place {
  key: string;
  raw: unknown;
  /** Its values are encrypted, and must not be repeated. */
  hidden: boolean;
}

/** What zod found wrong with a key, as a person can mend it. */
export function describeIssue({ key, raw, hidden }: Place, issue: Issue): Problem[] {
  const path = [key, ...issue.path].join(".");
  const value = valueAt(raw, issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => ({
      path: `${path}.${unknown}`,
      message: `unknown key; ${otherKinds(key, value, unknown) ?? "docs/configuration.md lists those that exist"}`,
    }));
  }
  if (typeof value === "string" && value === `{{${path}}}`) {
    return [
      {
        path,
        message:
          "is encrypted, and ends in objects that everyone may read: set it without --secret",
      },
    ];
  }
  return [{ path, message: messageOf(issue, value) + (hidden ? "" : shown(issue, value)) }];
}

function messageOf(issue: Issue, value: unknown): string {
  if (value === null) return "is empty: give it a value, or remove the key";
  const missing = value === undefined ? "is missing: " : "";
  if (issue.code === "invalid_type") return missing + typeMessage(issue.expected, value);
  if (issue.code === "invalid_value") return `${missing}must be ${oneOf(issue.values)}`;
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return `must be ${oneOf(issue.options)}`;
  }
  // zod's own words, where the schema has none.
  if (issue.code === "too_small" && issue.message.startsWith("Too ")) {
    return `must be at least ${issue.minimum}`;
  }
  if (issue.code === "too_big" && issue.message.startsWith("Too ")) {
    return `must be at most ${issue.maximum}`;
  }
  if (issue.code === "invalid_key") {
    return "is not a valid name of a build argument: letters, digits and _, not beginning with a digit";
  }
  return issue.message;
}

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "keys and values",
  record: "keys and values",
};

function typeMessage(expected: string, value: unknown): string {
  const due = TYPES[expected] ?? expected;
  if (value === undefined) return `it is ${due}`;
  if (expected === "string" && ["number", "boolean"].includes(typeof value)) {
    return `must be a text: put it in quotes, or set it with 'pulumi config set --path --type string'`;
  }
  return `must be ${due}`;
}

/**
 * A value may be a password that ended up in the wrong place, so a text is repeated only where a
 * rule about its form found fault with it; an account in an address is left out.
 */
function shown(issue: Issue, value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") {
    return issue.code === "custom" && issue.params?.["shown"] !== true ? "" : ` (${value})`;
  }
  if (typeof value !== "string" || issue.code !== "custom" || issue.params?.["shown"] !== true) {
    return "";
  }
  const text = value.replace(/\/\/[^/]*@/, "//…@");
  return ` (${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)})`;
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.filter((value) => value !== undefined && value !== null).map(String);
  return [texts.slice(0, -1).join(", "), ...texts.slice(-1)].filter(Boolean).join(" or ");
}

/** The kinds of a database or store that know a key which the chosen one does not. */
function otherKinds(key: string, value: unknown, unknown: string): string | undefined {
  if (key !== "database" && key !== "objectStore") return undefined;
  const kinds = schema.shape[key]
    .unwrap()
    .options.filter(({ shape }) => unknown in shape)
    .map(({ shape }) => (shape.kind.type === "literal" ? shape.kind.value : "bundled"));
  if (kinds.length === 0) return undefined;
  const chosen = valueAt(value, ["kind"]);
  const has = typeof chosen === "string" ? `'kind: ${chosen}'` : "'kind: bundled', the default,";
  return `${has} has none: remove it, or set '${key}.kind' to ${oneOf(kinds)}`;
}

/** What to say of a key that there is not. */
export function unknownKey(
  key: string,
  known: readonly string[],
  encrypted: readonly string[],
): string {
  const [first = ""] = key.split(/[.[]/);
  if (first !== key && known.includes(first)) {
    const secret = encrypted.includes(key) ? " --secret" : "";
    return (
      "is one key with a dot or bracket in its name, as 'pulumi config set' writes without --path: " +
      `'pulumi config rm "slipway:${key}"', then 'pulumi config set --path${secret} "slipway:${key}" <value>'`
    );
  }
  return `unknown key; known are ${known.join(", ")}`;
}
