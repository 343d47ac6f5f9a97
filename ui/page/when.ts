import { readerLocale } from "./language.ts";

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** A moment in the reader's language, e.g. `Nov 28, 2026, 2:30 AM`. @param time ISO 8601 */
export function atMoment(time: string): string {
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(readerLocale(), style).format(Date.parse(time));
}

/** The same, and how far away it is, e.g. `Nov 28, 2026, 2:30 AM (3 hours ago)`. */
export function when(time: string): string {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["minute", 60];
  const away = new Intl.RelativeTimeFormat(readerLocale(), { numeric: "auto" });
  return `${atMoment(time)} (${away.format(Math.round(seconds / size), unit)})`;
}
