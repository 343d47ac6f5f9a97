import { readerLocale } from "./language.ts";
import type { Feature } from "./package.ts";

/** A feature of the type datetime. */
type Times = NonNullable<Feature["datetime"]>;

/** A date's control holds 2026-11-27, that of a date and time 2026-11-27T08:30 and maybe seconds. */
const FORM = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?$/;

/** The day, hours and minutes, seconds of a time as the API takes it. */
const TEXT = /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d)?(:\d\d)?/;

/** Whether a time of day is asked for. */
export function hasClock({ offset, time }: Times): boolean {
  return offset || time;
}

/** What a date's control, or a date and time's, holds for a time as the API takes it; a time with an offset in UTC. */
export function controlOf(times: Times, text: string): string {
  const instant = times.offset ? Date.parse(text) : NaN;
  const local = Number.isNaN(instant) ? text : new Date(instant).toISOString();
  const [, day, clock = "T00:00", seconds = ""] = TEXT.exec(local) ?? [];
  if (day === undefined) return text;
  return hasClock(times) ? `${day}T${clock.slice(1)}${seconds === ":00" ? "" : seconds}` : day;
}

/** The time as the API takes it, of what a control holds; undefined where that is no day from 0001 to 9999. */
export function momentOf({ offset }: Times, control: string): string | undefined {
  const instant = FORM.test(control) ? instantOf(control) : NaN;
  if (
    Number.isNaN(instant) ||
    new Date(instant).toISOString().slice(0, 10) !== control.slice(0, 10)
  )
    return undefined;
  return control.startsWith("0000") ? undefined : `${control}${offset ? "Z" : ""}`;
}

/** A time in the way of the reader's language, e.g. `Nov 27, 2026, 8:30 AM`; with an offset, in UTC. */
export function spoken(times: Times, text: string, language = readerLocale()): string {
  const instant = instantOf(text);
  if (Number.isNaN(instant)) return text;
  const clock = hasClock(times) ? ({ timeStyle: "short" } as const) : {};
  const style = { dateStyle: "medium", timeZone: "UTC", ...clock } as const;
  return new Intl.DateTimeFormat(language, style).format(instant);
}

/** Milliseconds since 1970 of a time without an offset, or in UTC. */
export function instantOf(text: string): number {
  return Date.parse(text.length === 10 || text.endsWith("Z") ? text : `${text}Z`);
}
