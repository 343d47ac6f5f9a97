import type { Feature, ModelPackage } from "./package.ts";

/** The largest finite float32: what a number in a request may be at most. */
export const FLOAT32_MAX = 3.4028234663852886e38;

/** A JSON Schema (2020-12), as plain data. */
export type JsonSchema = Record<string, unknown>;

/**
 * The JSON Schema of one request row. It validates requests, describes them in OpenAPI and draws
 * the page's form, so that the three cannot disagree.
 */
export function requestSchema({ title, features, example }: ModelPackage): JsonSchema {
  return {
    type: "object",
    title,
    properties: Object.fromEntries(features.map((feature) => [feature.name, valueSchema(feature)])),
    required: features.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
    examples: [example],
  };
}

function valueSchema(feature: Feature): JsonSchema {
  const { title, description, unit, observed } = feature;
  const about = [description, unit === null ? null : `Unit: ${unit}.`].filter(Boolean).join(" ");
  return {
    title,
    ...(about !== "" && { description: about }),
    ...bareSchema(feature),
    ...(observed !== null && { examples: [observed.median] }),
  };
}

function bareSchema({ type, required, range, categories, unknown }: Feature): JsonSchema {
  const orNull = required ? [] : ["null"];
  if (type === "category") {
    const known = categories ?? [];
    // What pandas writes for a column of numbers used as categories.
    const numeric = known.every((name) => /^-?(0|[1-9]\d*)$/.test(name));
    if (unknown === "accept") {
      const types = ["string", ...(numeric ? ["integer"] : []), ...orNull];
      return { type: types, minLength: 1, examples: known.slice(0, 5) };
    }
    return {
      enum: [...known, ...(numeric ? known.map(Number) : []), ...(required ? [] : [null])],
    };
  }
  if (type === "boolean") return { enum: [true, false, 0, 1, ...(required ? [] : [null])] };
  return {
    type: required ? type : [type, ...orNull],
    minimum: range?.min ?? -FLOAT32_MAX,
    maximum: range?.max ?? FLOAT32_MAX,
  };
}
