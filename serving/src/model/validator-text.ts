import type { ErrorObject } from "ajv";
import { distance } from "fastest-levenshtein";
import type { Feature, ModelPackage } from "./package.ts";
import { LARGEST } from "./request-schema.ts";

/** What is wrong with a field and what would be right, without repeating the value. */
export function faultText(
  { keyword, params }: ErrorObject,
  field: string | undefined,
  { features }: ModelPackage,
  value?: unknown,
): string {
  if (field === undefined) return "must be an object of named features";
  const feature = features.find(({ name }) => name === field);
  if (feature === undefined) return unknownField(field, features);
  if (feature.type === "category" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return "is a whole number beyond 2^53, which reading JSON rounds: send it as text, in quotes";
  }
  const unit = feature.unit === null ? "" : ` ${feature.unit}`;
  const limit = (params as { limit?: number }).limit ?? 0;
  switch (keyword) {
    case "required":
      return `is missing: ${wanted(feature)}`;
    case "minimum":
    case "maximum":
      if (Math.abs(limit) === LARGEST.float32) return "does not fit a 32-bit float";
      if (Math.abs(limit) === LARGEST.float64) return "does not fit a 64-bit float";
      return `must be at ${keyword === "minimum" ? "least" : "most"} ${limit}${unit}`;
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minLength":
      return "must not be empty";
    default:
      return wanted(feature);
  }
}

/** E.g. `must be a number from 0 to 300 mg/dL`. */
function wanted(feature: Feature): string {
  const { type, required, range, unit, categories, unknown } = feature;
  const orNull = required ? "" : ", or null";
  if (type === "boolean") return `must be true or false${orNull}`;
  if (type === "category") {
    if (unknown === "accept") return `must be a string${orNull}`;
    return `must be one of ${listed(categories ?? [])}${orNull}`;
  }
  if (type === "text")
    return `must be a string of 1 to ${feature.max_length ?? 0} characters${orNull}`;
  if (feature.datetime !== undefined) {
    const offset = feature.datetime.offset
      ? "a date and time with an offset, such as 2026-11-27T08:30:00Z or 2026-11-27T09:30:00+01:00"
      : "a date or time without an offset, such as 2026-11-27 or 2026-11-27T08:30:00";
    return `must be ${offset}${orNull}`;
  }
  const kind = type === "integer" ? "an integer" : "a number";
  return `must be ${kind}${bounds(range)}${unit === null ? "" : ` ${unit}`}${orNull}`;
}

function bounds(range: Feature["range"]): string {
  const { min = null, max = null } = range ?? {};
  if (min !== null && max !== null) return ` from ${min} to ${max}`;
  if (min !== null) return ` of at least ${min}`;
  return max === null ? "" : ` of at most ${max}`;
}

function listed(categories: readonly string[]): string {
  const shown = categories.slice(0, 20).join(", ");
  return categories.length > 20 ? `${shown}, … (${categories.length} in all)` : shown;
}

function unknownField(field: string, features: readonly Feature[]): string {
  const [best] = features
    // A field of any length may be sent; one more than twice as long as a name is no slip of that name.
    .filter(({ name }) => field.length <= 2 * name.length)
    .map(({ name }) => ({ name, distance: distance(field.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const near = best !== undefined && best.distance <= Math.max(1, best.name.length / 3);
  return `is not a feature of this model${near ? `; did you mean ${best.name}?` : ""}`;
}
