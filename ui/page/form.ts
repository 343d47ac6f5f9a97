import type { Feature, ModelPackage, Problem } from "./package.ts";

/** What stands in one field; the value stays while "missing" is ticked, so that unticking restores it. */
export interface Entry {
  value: string | boolean;
  missing: boolean;
}

/** Entries by feature name. */
export type Entries = Readonly<Record<string, Entry>>;

/** A slider's scale. */
export interface Scale {
  min: number;
  max: number;
  step: number;
}

/** The form as it opens: the model's own example; what the example lacks is missing or, if required, empty. */
export function exampleEntries({ features, example }: ModelPackage): Entries {
  return Object.fromEntries(
    features.map(({ name, type, required }): [string, Entry] => {
      const value = example[name] ?? null;
      const missing = value === null && !required;
      return [name, { value: type === "boolean" ? Boolean(value) : String(value ?? ""), missing }];
    }),
  );
}

/** The request row. Missing and empty fields are left out: the API says which ones it needs. */
export function toRow(features: readonly Feature[], entries: Entries): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const { name, type } of features) {
    const entry = entries[name];
    if (entry === undefined || entry.missing || entry.value === "") continue;
    const numeric = type === "number" || type === "integer";
    row[name] = numeric ? Number(entry.value) : entry.value;
  }
  return row;
}

/** A number's slider: from the enforced range, else from what training saw; null when neither is whole. */
export function scaleOf({ type, range, observed }: Feature): Scale | null {
  const min = range?.min ?? observed?.min;
  const max = range?.max ?? observed?.max;
  if (min === undefined || max === undefined || min >= max) return null;
  const step = niceStep((max - min) / 200);
  return { min, max, step: type === "integer" ? Math.max(1, Math.round(step)) : step };
}

/** The largest of 1, 2 or 5 times a power of ten that is not above `width`. */
function niceStep(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const factor = [5, 2].find((factor) => factor * power <= width) ?? 1;
  return Number((factor * power).toPrecision(1));
}

/** What a field may hold, in words: the enforced range, and what the training data held. */
export function hintOf({ range, observed }: Feature): string {
  const parts: string[] = [];
  const { min = null, max = null } = range ?? {};
  if (min !== null && max !== null) parts.push(`${min} to ${max}`);
  else if (min !== null) parts.push(`${min} or more`);
  else if (max !== null) parts.push(`${max} or less`);
  if (observed) {
    const [low, high, middle] = [observed.min, observed.max, observed.median].map(short);
    parts.push(`in training ${low} to ${high}, median ${middle}`);
  }
  return parts.join("; ");
}

/** Six digits are enough for a hint; training's float32 numbers have noise behind them. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/**
 * Sorts a problem's errors by field. What belongs to no field of the form comes in `rest`.
 *
 * @see RFC 6901 for the escapes in a pointer
 */
export function errorsByField(
  { errors = [] }: Problem,
  features: readonly Feature[],
): { fields: Record<string, string>; rest: string[] } {
  const names = new Set(features.map(({ name }) => name));
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const { path, detail } of errors) {
    const last = path.split("/").at(-1) ?? "";
    const name = last.replaceAll("~1", "/").replaceAll("~0", "~");
    if (names.has(name)) fields[name] = detail;
    else rest.push(`${path} ${detail}`.trim());
  }
  return { fields, rest };
}
