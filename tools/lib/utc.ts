import { Failure } from "./failure.ts";

/** A time that a person wrote, in UTC as restic's list has it. @throws Failure where it is none. */
export function timeInUtc(text: string): string {
  const day = /^(\d{4}-\d{2}-\d{2})$/.exec(text)?.[1];
  const minute = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?$/.exec(text);
  const iso =
    day !== undefined
      ? `${day}T23:59:59Z`
      : minute
        ? `${minute[1] ?? ""}T${minute[2] ?? ""}${minute[3] ?? ":59"}Z`
        : text;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(iso);
  const time = new Date(iso);
  if (!zoned || Number.isNaN(time.getTime())) {
    throw new Failure(
      `--at ${text} is not a time: write 2026-11-26, '2026-11-26 02:30' (UTC) or 2026-11-26T02:30:00+01:00`,
      2,
    );
  }
  return time.toISOString().slice(0, 19).replace("T", " ");
}
