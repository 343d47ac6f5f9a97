/**
 * The schedule of a CronJob, by the rules of the parser that Kubernetes hands it to: `ParseStandard`
 * of github.com/robfig/cron v3.0.1 (parser.go). cron-parser and croner of npm take more than it
 * does, such as 7 for Sunday, `L`, `#` and a field of seconds.
 */

export interface Field {
  name: string;
  min: number;
  max: number;
  /** Names of the values from `min` on. */
  names?: string[];
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

export const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of week", min: 0, max: 6, names: DAYS },
];

const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DESCRIPTORS = [
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@midnight",
  "@hourly",
];
/** A duration of Go's `time.ParseDuration`, without sign. */
const DURATION = /^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/;

/** Says why Kubernetes would not run at these times, and what it takes; undefined for a sound schedule. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule.includes("TZ=")) {
    return "cannot name a time zone: times are those of the cluster's controller, UTC in most clusters";
  }
  if (schedule.startsWith("@")) return descriptorProblem(schedule);
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    return `is not a valid cron schedule of five fields (${FIELDS.map(({ name }) => name).join(", ")}), such as '0 3 * * 1'`;
  }
  const fields = FIELDS.map((field, index) => readField(parts[index] ?? "", field));
  const wrong = fields.flatMap(({ problem }) => problem ?? []);
  if (wrong.length > 0) return wrong.join("; ");
  return neverProblem(fields);
}

/** Whether a sound schedule comes more than once on some day. */
export function isOftenerThanDaily(schedule: string): boolean {
  const every = /^@every (.*)$/.exec(schedule)?.[1];
  if (every !== undefined) return secondsOf(every) < 86_400;
  if (schedule.startsWith("@")) return schedule === "@hourly";
  const [minutes, hours] = schedule.trim().split(/\s+/);
  const times = [minutes, hours].map((text, index) => {
    const field = FIELDS[index];
    return field === undefined ? 0 : readField(text ?? "", field).values.size;
  });
  return (times[0] ?? 0) * (times[1] ?? 0) > 1;
}

/** Seconds of a duration of Go's. */
export function secondsOf(duration: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3 };
  return [...duration.matchAll(/([\d.]+)([a-zµμ]+)/g)]
    .map(([, number, unit = ""]) => Number(number) * (units[unit] ?? 0))
    .reduce((total, seconds) => total + seconds, 0);
}

/** What one field says. */
export interface Reading {
  values: Set<number>;
  /** It leaves the other of the two fields of days to decide. */
  star: boolean;
  problem?: string;
}

/** What a field says, and what is wrong with it. */
export function readField(text: string, field: Field): Reading {
  const reading: Reading = { values: new Set(), star: false };
  for (const item of text.split(",")) {
    const range = readRange(item, field);
    if (typeof range === "string")
      return { ...reading, problem: `${field.name} '${item}' ${range}` };
    for (let value = range.from; value <= range.to; value += range.step) reading.values.add(value);
    reading.star ||= range.star;
  }
  return reading;
}

/** `*`, `1`, `1-5`, each with `/2` behind where only every second is meant; a text says what is wrong. */
function readRange(item: string, field: Field) {
  const { min, max, names } = field;
  const takes = `is not ${min} to ${max}${names ? `, or ${names[0] ?? ""} to ${names.at(-1) ?? ""}` : ""}`;
  const [, any, low = "", high, stepText] =
    /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item) ?? [];
  if (any === undefined && low === "") {
    return `is not a value, range (1-5) or step (*/2) of values from ${min} to ${max}`;
  }
  const step = Number(stepText ?? 1);
  if (step === 0) return "has a step of 0: it must be at least 1";
  if (any !== undefined) return { from: min, to: max, step, star: step === 1 };

  const from = valueOf(low, field);
  // 'N/step' reaches from N to the end.
  const to = high === undefined ? (stepText === undefined ? from : max) : valueOf(high, field);
  if (from === undefined || to === undefined) {
    return `${takes}${low === "7" || high === "7" ? " (0 is Sunday)" : ""}`;
  }
  if (from > to) return `begins after its end: write two parts with a comma`;
  return { from, to, step, star: false };
}

function valueOf(text: string, { min, max, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return min + named;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}

/** Kubernetes takes 30 February, and then never runs. */
function neverProblem([, , days, months, weekdays]: Reading[]): string | undefined {
  if (days === undefined || months === undefined || days.star || weekdays?.star !== true) return;
  const comes = [...months.values].some((month) =>
    [...days.values].some((day) => day <= (LONGEST[month - 1] ?? 0)),
  );
  return comes ? undefined : "names a day that no year has, so that it would never run";
}

function descriptorProblem(text: string): string | undefined {
  if (DESCRIPTORS.includes(text)) return undefined;
  const duration = /^@every (.*)$/.exec(text)?.[1];
  if (duration !== undefined && DURATION.test(duration) && /[1-9]/.test(duration)) return undefined;
  return `is none of ${DESCRIPTORS.join(", ")}, or '@every' with a duration such as '@every 12h'`;
}
