import type { LoadedModel } from "../model/loaded-model.ts";
import { secondsOf } from "../model/moment.ts";
import type { ModelPackage } from "../model/package.ts";
import { MAX_FAULTS } from "../model/validator.ts";
import { invalidInput, Problem, type Fault } from "../problem.ts";
import type { Label } from "./labels.ts";

/** Further in the future a time is a mistake, and not a clock that is fast. */
const AHEAD_MS = 86_400_000;
const MEMBERS = ["request_id", "row", "label", "time"];

/**
 * Reads the body of `/feedback`: one label or an array of them.
 *
 * @param most labels that a request may have, @param now Unix time in milliseconds.
 * @throws Problem 422 that names every member that cannot be right, 413 above `most`.
 */
export function readLabels(
  body: unknown,
  { package: pack }: LoadedModel,
  most: number,
  now: number,
): Label[] {
  const single = !Array.isArray(body);
  const items: readonly unknown[] = single ? [body] : body;
  if (items.length > most) {
    const detail = `${items.length} labels; at most ${most} are taken at once. Send fewer.`;
    throw new Problem(413, "too-large", detail);
  }
  if (items.length === 0) throw invalidInput([{ path: "", detail: "holds no label" }]);
  const labelOf = labelReader(pack);
  const faults: Fault[] = [];
  let total = 0;
  const labels = items.map((item, at) => {
    const fault = (member: string, detail: string): void => {
      total += 1;
      const path = `${single ? "" : `/${at}`}${member && `/${member}`}`;
      if (faults.length < MAX_FAULTS) faults.push({ path, detail });
    };
    return readLabel(item, labelOf, now, fault);
  });
  if (total > 0) throw invalidInput(faults, total);
  return labels;
}

function readLabel(
  item: unknown,
  labelOf: LabelReader,
  now: number,
  fault: (member: string, detail: string) => void,
): Label {
  const none: Label = { requestId: "", row: 0, label: "", time: now, received: now };
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    fault("", "must be an object with request_id and label");
    return none;
  }
  const { request_id: requestId, row = 0, label, time } = item as Record<string, unknown>;
  for (const member of Object.keys(item)) {
    if (!MEMBERS.includes(member)) fault(member, `is none of ${MEMBERS.join(", ")}`);
  }
  if (typeof requestId !== "string" || !/^[\w.:-]{1,64}$/.test(requestId)) {
    fault("request_id", "must be the X-Request-Id of an answer: 1 to 64 of A–Z a–z 0–9 _ . : -");
  }
  if (!Number.isInteger(row) || (row as number) < 0 || (row as number) > 2 ** 31 - 1) {
    fault("row", "must be the place of the row in its request, from 0");
  }
  const read = labelOf(label);
  if ("problem" in read) fault("label", read.problem);
  const at = time === undefined ? now : momentOf(time);
  if (Number.isNaN(at)) fault("time", "must be like 2026-11-28T09:30:00Z, with an offset");
  else if (at > now + AHEAD_MS) fault("time", "lies in the future");
  if (typeof requestId !== "string" || "problem" in read) return none;
  return { requestId, row: row as number, label: read.label, time: at, received: now };
}

type LabelReader = (label: unknown) => { label: string } | { problem: string };

/** Takes a class by what it is answered as, or by its value in the data; gives its label. */
function labelReader({ task, output, classes, positive }: ModelPackage): LabelReader {
  if (task === "regression") {
    return (label) =>
      typeof label === "number" && Number.isFinite(label)
        ? { label: String(label) }
        : { problem: "must be a number" };
  }
  const known = new Map<unknown, string>();
  const isBoolean = output.type === "boolean";
  for (const [at, { value, label }] of classes.entries()) {
    const text = isBoolean ? String(at === positive) : label;
    for (const one of [value, label]) known.set(one, text);
    if (isBoolean) known.set(at === positive, text);
  }
  const names = isBoolean ? "true or false" : classes.map(({ label }) => `'${label}'`).join(", ");
  return (label) => {
    const found = known.get(label);
    return found === undefined ? { problem: `must be one of ${names}` } : { label: found };
  };
}

function momentOf(time: unknown): number {
  return typeof time === "string" ? secondsOf(time, true) * 1000 : NaN;
}
