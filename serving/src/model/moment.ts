/** The part of ISO 8601 that training reads too (`training/src/training/moments.py`). */
export const MOMENT =
  "^([0-9]{4})-([0-9]{2})-([0-9]{2})" +
  "(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.][0-9]{1,9})?)?" +
  "(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?)?$";
/** Groups: year, month, day, hour, minute, second, offset. */
const PATTERN = new RegExp(MOMENT);
/** 0001-01-01 and the last second of 9999, in seconds since 1970-01-01. */
const [FIRST, LAST] = [-62_135_596_800, 253_402_300_799];

/**
 * Whole seconds since 1970-01-01 of a date or time; NaN for what is none. With `offset` the text ends in one, such as Z or
 * +02:00, and the seconds are of UTC; without, it has none, and they are of the time as it is written. A fraction of a second
 * is left out: no part of a time is so small.
 */
export function secondsOf(text: string, offset: boolean): number {
  const parts = PATTERN.exec(text);
  if (parts === null) return NaN;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((at) =>
    Number(parts[at] ?? 0),
  );
  const zone = parts[7];
  if ((zone !== undefined) !== offset) return NaN;
  return seconds([year, month, day, hour, minute, second] as Clock, zone);
}

/** Whether a text has the form of a date or time; the day itself may be none. */
export function isWritten(text: string): boolean {
  return PATTERN.test(text);
}

type Clock = [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

function seconds([year, month, day, hour, minute, second]: Clock, zone = "Z"): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day that a month does not have would be one of the next.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return NaN;
  const [hours, minutes] =
    zone === "Z" ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  const ahead = (hours * 3600 + minutes * 60) * (zone.startsWith("-") ? -1 : 1);
  const found = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - ahead;
  return found >= FIRST && found <= LAST ? found : NaN;
}
