import { MOMENT } from "./moment.ts";
import { numberType, type Feature, type ModelPackage } from "./package.ts";

/** The largest finite number of each type: what a number in a request may be at most. */
export const LARGEST = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE };

/** Keyword of a datetime: it is a real day, and ends in an offset exactly where this is true. */
export const OFFSET = "x-offset";

const WHOLE_NUMBER = /^-?(0|[1-9]\d*)$/;

/** A JSON Schema (2020-12), as plain data. */
export type JsonSchema = Record<string, unknown>;

/**
 * The JSON Schema of one request row. It validates requests, describes them in OpenAPI and draws
 * the page's form, so that the three cannot disagree.
 */
export function requestSchema(pack: ModelPackage): JsonSchema {
  const { title, features, example } = pack;
  const largest = LARGEST[numberType(pack)];
  return {
    type: "object",
    title,
    properties: Object.fromEntries(
      features.map((feature) => [feature.name, valueSchema(feature, largest)]),
    ),
    required: features.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
    examples: [example],
  };
}

function valueSchema(feature: Feature, largest: number): JsonSchema {
  const { title, description, unit, observed } = feature;
  const about = [description, unit === null ? null : `Unit: ${unit}.`].filter(Boolean).join(" ");
  return {
    title,
    ...(about !== "" && { description: about }),
    ...bareSchema(feature, largest),
    ...(observed !== null && { examples: [observed.median] }),
  };
}

function bareSchema(feature: Feature, largest: number): JsonSchema {
  const { type, required, range, max_length, datetime } = feature;
  if (type === "category") return categorySchema(feature);
  if (type === "text") {
    return { type: required ? "string" : ["string", "null"], minLength: 1, maxLength: max_length };
  }
  if (datetime !== undefined) {
    return {
      ...{ type: required ? "string" : ["string", "null"], pattern: MOMENT },
      ...{ [OFFSET]: datetime.offset, examples: [datetime.median] },
    };
  }
  if (type === "boolean") return { enum: [true, false, 0, 1, ...(required ? [] : [null])] };
  return {
    type: required ? type : [type, "null"],
    minimum: range?.min ?? -largest,
    maximum: range?.max ?? largest,
  };
}

/**
 * A category is text. What pandas writes for a column of whole numbers or booleans is taken too where it can mean only
 * one text: the number 7 for "7", but not for "07"; true for "TRUE". A number that JSON's readers round is refused.
 */
function categorySchema({ required, categories, unknown }: Feature): JsonSchema {
  const known = categories ?? [];
  const flags = [...booleanTexts(known).keys()];
  const orNull = required ? [] : ["null"];
  if (unknown === "reject") {
    const numbers = known
      .filter((text) => WHOLE_NUMBER.test(text))
      .map(Number)
      .filter(Number.isSafeInteger);
    return { enum: [...known, ...numbers, ...flags, ...(required ? [] : [null])] };
  }
  const numeric = known.every((text) => WHOLE_NUMBER.test(text));
  const types = [
    "string",
    ...(numeric ? ["integer"] : []),
    ...(flags.length > 0 ? ["boolean"] : []),
  ];
  return {
    ...{ type: [...types, ...orNull], minLength: 1, examples: known.slice(0, 5) },
    ...(numeric && { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  };
}

/** The category that a JSON boolean stands for, where only one is its word in any case. */
export function booleanTexts(categories: readonly string[]): ReadonlyMap<boolean, string> {
  return new Map(
    [true, false].flatMap((flag) => {
      const [text, second] = categories.filter((one) => one.toLowerCase() === String(flag));
      return text === undefined || second !== undefined ? [] : [[flag, text] as const];
    }),
  );
}
