import { type SleepHours, lastTurn, sleepsAt } from "../../components/lib/sleep-hours.ts";

/** What the schedule remembers between its looks, and over a restart of its own. */
export interface Plan {
  /** The newest turn of the schedule that was acted on, or when the schedule began: ISO 8601. */
  seen: string;
  /** What is still to be done. */
  want?: "asleep" | "awake";
  /** Who wanted it, for the history. */
  why?: string;
  /** Since when it is wanted: ISO 8601. */
  wantedSince?: string;
  /** Woken out of hours, it sleeps again then: ISO 8601. */
  awakeUntil?: string;
  /** Seconds that the last waking took. */
  wakeSeconds?: number;
  /** What sleep has spared so far. */
  spared?: Spared;
}

/** What was not requested while all slept. */
export interface Spared {
  /** Since when it is counted: ISO 8601. */
  since: string;
  hours: number;
  /** Cores times hours. */
  cpuHours: number;
  /** GiB times hours. */
  memoryGibHours: number;
}

/** The plan of an environment that has none yet: nothing is done before the next turn. */
export function freshPlan(now: Date): Plan {
  return { seen: now.toISOString() };
}

/**
 * The plan after a look at the clock: a turn that was not acted on yet is wanted, also when nobody looked at its time, and the newest alone.
 * What a person did in between stays until the next turn.
 */
export function planAt(plan: Plan, hours: SleepHours, now: Date): Plan {
  const turn = lastTurn(hours, now);
  if (turn && turn.at > new Date(plan.seen)) {
    const at = turn.at.toISOString();
    return { ...unbounded(plan), seen: at, want: turn.to, why: "its schedule", wantedSince: at };
  }
  if (plan.awakeUntil === undefined || now < new Date(plan.awakeUntil)) return plan;
  const rest = unbounded(plan);
  if (!sleepsAt(hours, now)) return rest;
  const wantedSince = now.toISOString();
  return { ...rest, want: "asleep", why: "woken long enough", wantedSince };
}

/** The plan after somebody asked for it, and, out of hours, until when it stays awake. */
export function askedFor(
  plan: Plan,
  want: "asleep" | "awake",
  why: string,
  { hours, awakeMinutes, now }: { hours: SleepHours; awakeMinutes: number; now: Date },
): Plan {
  const rest = { ...unbounded(plan), wantedSince: now.toISOString() };
  if (want === "asleep" || !sleepsAt(hours, now)) return { ...rest, want, why };
  const awakeUntil = new Date(now.getTime() + awakeMinutes * 60_000).toISOString();
  return { ...rest, want, why, awakeUntil };
}

/** The plan without a bound of its own. */
function unbounded(plan: Plan): Plan {
  const rest = { ...plan };
  delete rest.awakeUntil;
  return rest;
}

/** What was spared, with the hours of one more sleep. */
export function sparedAfter(
  before: Spared | undefined,
  { since, until, cores, gib }: { since: Date; until: Date; cores: number; gib: number },
): Spared {
  const hours = Math.max(0, until.getTime() - since.getTime()) / 3_600_000;
  const { hours: slept = 0, cpuHours = 0, memoryGibHours = 0 } = before ?? {};
  return {
    since: before?.since ?? since.toISOString(),
    hours: slept + hours,
    cpuHours: cpuHours + cores * hours,
    memoryGibHours: memoryGibHours + gib * hours,
  };
}
