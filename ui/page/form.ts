import { t } from "./language.ts";
import { controlOf, hasClock, instantOf, momentOf, spoken } from "./moment.ts";
import { isPlain, readNumber, written } from "./number.ts";
import type { Feature, ModelPackage, Problem } from "./package.ts";

/** What stands in one field; the value stays while "missing" is ticked, so that unticking restores it. */
export interface Entry {
  value: string | boolean;
  missing: boolean;
}

/** Entries by feature name. */
export type Entries = Readonly<Record<string, Entry>>;

/** One request row. */
export type Row = Record<string, string | number | boolean>;

/** A slider's scale, and how far an arrow key goes. */
export interface Scale {
  min: number;
  max: number;
  step: number;
}

/** The form as it opens: the model's own example; what the example lacks is missing or, if required, empty. */
export function exampleEntries({ features, example }: ModelPackage): Entries {
  return Object.fromEntries(
    features.map((feature) => [feature.name, entryOf(feature, example[feature.name] ?? null)]),
  );
}

/** What stands in a feature's field for a value; null is missing or, if required, empty. */
export function entryOf(
  { type, required, datetime }: Feature,
  value: string | number | boolean | null,
): Entry {
  if (value === null) return { value: type === "boolean" ? false : "", missing: !required };
  if (type === "boolean") return { value: Boolean(value), missing: false };
  if (datetime) return { value: controlOf(datetime, String(value)), missing: false };
  return { value: typeof value === "number" ? written(value) : String(value), missing: false };
}

/** What a field's text means: a value for the model, none (missing or empty), or why it means nothing. */
export type Meaning =
  { value: string | number | boolean } | { value: null } | { value: undefined; problem: string };

/** Reads a field; `problem` is a sentence's end, as those of the API are. */
export function meaningOf(feature: Feature, { value, missing }: Entry): Meaning {
  if (missing || value === "") return { value: null };
  if (typeof value === "boolean") return { value };
  if (feature.type === "category") {
    const { categories, unknown } = feature;
    return unknown === "accept" || (categories ?? []).includes(value)
      ? { value }
      : { value: undefined, problem: t().mustBe(t().oneOfList(categories?.length ?? 0)) };
  }
  if (feature.type === "text") {
    const { max_length: most = Infinity } = feature;
    return Array.from(value).length <= most
      ? { value }
      : { value: undefined, problem: t().atMostCharacters(written(most)) };
  }
  if (feature.datetime) {
    const moment = momentOf(feature.datetime, value);
    const such = hasClock(feature.datetime) ? t().aMoment : t().aDate;
    return moment === undefined
      ? { value: undefined, problem: t().mustBe(such) }
      : { value: moment };
  }
  const reading = readNumber(value, feature.type === "integer");
  return "value" in reading ? reading : { value: undefined, problem: t().mustBe(reading.problem) };
}

/** The request row, and by field what cannot be read. Missing and empty fields are left out: the API says which ones it needs. */
export function toRow(
  features: readonly Feature[],
  entries: Entries,
): { row: Row; problems: Record<string, string> } {
  const row: Row = {};
  const problems: Record<string, string> = {};
  for (const feature of features) {
    const entry = entries[feature.name];
    if (entry === undefined) continue;
    const meaning = meaningOf(feature, entry);
    if (meaning.value === undefined) problems[feature.name] = meaning.problem;
    else if (meaning.value !== null) row[feature.name] = meaning.value;
  }
  return { row, problems };
}

/** A number's slider: from the enforced range, else from what training saw; null when neither is whole. */
export function scaleOf({ type, range, observed }: Feature): Scale | null {
  const min = range?.min ?? observed?.min;
  const max = range?.max ?? observed?.max;
  if (min === undefined || max === undefined || min >= max) return null;
  // A range may be far wider than the values that matter.
  const seen = observed && observed.max > observed.min ? observed.max - observed.min : Infinity;
  const step = niceStep(Math.min((max - min) / 200, seen / 20));
  return { min, max, step: type === "integer" ? Math.max(1, Math.round(step)) : step };
}

/** The largest of 1, 2 or 5 times a power of ten that is not above `width`. */
function niceStep(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const factor = [5, 2].find((factor) => factor * power <= width) ?? 1;
  return Number((factor * power).toPrecision(1));
}

/** What a field may hold, in words: the enforced range, and what the training data held. */
export function hintOf({ range, observed, datetime, max_length: most }: Feature): string {
  const parts = most === undefined ? [] : [t().textOfUpTo(written(most))];
  const { min = null, max = null } = range ?? {};
  if (min !== null && max !== null) parts.push(t().fromTo(written(min), written(max)));
  else if (min !== null) parts.push(t().orMore(written(min)));
  else if (max !== null) parts.push(t().orLess(written(max)));
  if (datetime) {
    const { min, max, median } = datetime;
    if (datetime.offset) parts.push(t().inUtc);
    parts.push(
      t().inTraining(spoken(datetime, min), spoken(datetime, max), spoken(datetime, median)),
    );
  }
  if (observed) {
    parts.push(t().inTraining(shown(observed.min), shown(observed.max), shown(observed.median)));
  }
  return parts.join("; ");
}

/** The value an arrow key moves a number to, one step up or down and not past an enforced end. */
export function stepped(feature: Feature, value: number, direction: 1 | -1): number | null {
  const step = scaleOf(feature)?.step ?? (feature.type === "integer" ? 1 : null);
  if (step === null) return null;
  const { min, max } = feature.range ?? {};
  const next = Number((value + direction * step).toPrecision(12));
  return Math.min(Math.max(next, min ?? -Infinity), max ?? Infinity);
}

/** Six digits are enough for people; training's float32 numbers have noise behind them. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}

function shown(value: number): string {
  return written(short(value));
}

/** What is worth knowing of a field as it stands: how it was read, and that training saw nothing like it. */
export function notesOf(feature: Feature, entry: Entry): string[] {
  const { value } = meaningOf(feature, entry);
  if (typeof value === "number") {
    const notes = isPlain(String(entry.value)) ? [] : [t().readAs(written(value))];
    const { min, max } = feature.observed ?? { min: -Infinity, max: Infinity };
    if (short(value) < short(min) || short(value) > short(max)) {
      notes.push(t().farOut(shown(min), shown(max)));
    }
    return notes;
  }
  if (feature.datetime && typeof value === "string") {
    const { datetime } = feature;
    const { min, max } = datetime;
    const [at, first, last] = [value, min, max].map(instantOf) as [number, number, number];
    return at < first || at > last
      ? [t().farOut(spoken(datetime, min), spoken(datetime, max))]
      : [];
  }
  const open = feature.type === "category" && feature.unknown === "accept" && value !== null;
  return open && !feature.categories?.includes(String(value)) ? [t().neverSeen] : [];
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
