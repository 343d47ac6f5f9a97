import { FIELDS, type Reading, readField, secondsOf } from "./schedule.ts";

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
/** Of nine years each has its 29 February, as long as no century ends. */
const YEARS = 9;
const FIRST = Date.UTC(2026, 0, 1) / 1000;

const DESCRIBED: Record<string, string> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Seconds of the longest time between two runs of a sound schedule, in UTC: 3600 of `20 * * * *`, 31 days of `0 3 1 * *`. */
export function longestGap(schedule: string): number {
  const every = /^@every (.*)$/.exec(schedule)?.[1];
  if (every !== undefined) return Math.max(MINUTE, secondsOf(every));
  const parts = (DESCRIBED[schedule] ?? schedule).trim().split(/\s+/);
  const fields = FIELDS.map((field, index) => readField(parts[index] ?? "", field));
  const times = timesOf(fields);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  let gap = Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
  let before: number | undefined;
  for (let day = FIRST; day < FIRST + YEARS * 366 * DAY; day += DAY) {
    if (!fallsOn(fields, new Date(day * 1000))) continue;
    if (before !== undefined) gap = Math.max(gap, day + first - before);
    before = day + last;
  }
  return gap;
}

/** Seconds within which the next run mends what one did not do, or a person is told: a day at most, and each may take an hour. */
export function graceOf(schedule: string): number {
  return Math.min(longestGap(schedule), DAY) + HOUR;
}

/** Seconds after a success from which on another one is overdue, with a grace. */
export function lateAfter(schedule: string): number {
  return Math.ceil(longestGap(schedule) + graceOf(schedule));
}

/** Times of a day on which it runs, in seconds. */
function timesOf([minutes, hours]: Reading[]): number[] {
  const all = [...(hours?.values ?? [])].flatMap((hour) =>
    [...(minutes?.values ?? [])].map((minute) => hour * HOUR + minute * MINUTE),
  );
  return all.sort((one, other) => one - other);
}

/** Where both kinds of days are named, either will do. */
function fallsOn([, , days, months, weekdays]: Reading[], date: Date): boolean {
  if (months?.values.has(date.getUTCMonth() + 1) !== true) return false;
  const [day, weekday] = [
    days?.values.has(date.getUTCDate()),
    weekdays?.values.has(date.getUTCDay()),
  ];
  const both = days?.star === true || weekdays?.star === true;
  return both ? day === true && weekday === true : day === true || weekday === true;
}
