import { Cron } from "croner";

/** When an environment sleeps, as the key `sleep` of a stack says it. */
export interface SleepHours {
  /** When it falls asleep, as cron. */
  at: string;
  /** When it wakes, as cron. */
  wakeAt: string;
  /** IANA time zone of both, e.g. `Europe/Paris`. */
  timeZone: string;
}

/** A time at which it falls asleep or wakes. */
export interface Turn {
  to: "asleep" | "awake";
  at: Date;
}

/** Says what is wrong with a time zone, as the end of a sentence about it; undefined for a sound one. */
export function timeZoneProblem(zone: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    // An offset is one to Intl, and none to what reads schedules; nor does it know of summer.
    if (!/^[+-]/.test(zone)) return undefined;
  } catch {
    // Said below.
  }
  return "is no time zone: write a name of the IANA database, such as Europe/Paris or UTC";
}

/** The newest turn up to a time; undefined where there has been none in the schedule's whole past. */
export function lastTurn(hours: SleepHours, now: Date): Turn | undefined {
  return turns(hours, (cron) => cron.previousRuns(1, new Date(now.getTime() + 1000))[0]).at(-1);
}

/** The next turn to one of both after a time. */
export function nextTurn(hours: SleepHours, to: Turn["to"], now: Date): Date | undefined {
  return (
    cronOf(to === "asleep" ? hours.at : hours.wakeAt, hours.timeZone).nextRun(now) ?? undefined
  );
}

/** Whether a time lies in the hours of sleep. */
export function sleepsAt(hours: SleepHours, time: Date): boolean {
  return lastTurn(hours, time)?.to === "asleep";
}

/** Where the year is that {@link runsAwake} looks at: any is as good, and a fixed one makes the same answer each day. */
const YEAR = new Date("2026-01-01T00:00:00Z");
/** Runs that are looked at: a year of days. */
const RUNS = 366;

/** Whether any run of a CronJob, whose times are the cluster's (UTC), falls into hours in which the environment is awake. */
export function runsAwake(hours: SleepHours, schedule: string): boolean {
  // `@every` counts from when it was made.
  if (schedule.startsWith("@every")) return true;
  const runs = cronOf(schedule, "UTC").nextRuns(RUNS, YEAR);
  return runs.length === 0 || runs.some((run) => !sleepsAt(hours, run));
}

function turns(hours: SleepHours, of: (cron: Cron) => Date | undefined): Turn[] {
  const found = (["asleep", "awake"] as const).flatMap((to) => {
    const at = of(cronOf(to === "asleep" ? hours.at : hours.wakeAt, hours.timeZone));
    return at ? [{ to, at }] : [];
  });
  return found.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** A schedule of robfig/cron's form, as lib/schedule.ts takes it, for croner: `5/15` is from 5 to the end, `?` any. */
function cronOf(schedule: string, timezone: string): Cron {
  const ends = [59, 23, 31, 12, 6];
  const fields = schedule.trim().split(/\s+/);
  const pattern = schedule.startsWith("@")
    ? schedule.replace("@midnight", "@daily").replace("@annually", "@yearly")
    : fields
        .map((field, index) =>
          field.replaceAll("?", "*").replaceAll(/(^|,)(\w+)\//g, `$1$2-${ends[index] ?? ""}/`),
        )
        .join(" ");
  return new Cron(pattern, { timezone });
}
