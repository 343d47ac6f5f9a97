/** The part of `GET /model` that says what a valid row is. */
export interface ModelDescription {
  name: string;
  version: string;
  features: Feature[];
  example: Row;
}

interface Feature {
  name: string;
  type: "number" | "integer" | "boolean" | "category" | "text" | "datetime";
  observed: { min: number; max: number } | null;
  categories: string[] | null;
}

/** One request row. */
export type Row = Record<string, number | string | boolean | null>;

/** A row with every known feature drawn at random from what the training data held. */
export function randomRow(model: ModelDescription, random: () => number = Math.random): Row {
  const drawn = model.features.map((feature) => [feature.name, draw(feature, random)] as const);
  const known = drawn.filter(([, value]) => value !== undefined);
  return { ...model.example, ...(Object.fromEntries(known) as Row) };
}

function draw(feature: Feature, random: () => number): number | string | boolean | undefined {
  const { type, observed, categories } = feature;
  if (type === "boolean") return random() < 0.5;
  if (categories) return categories[Math.floor(random() * categories.length)];
  if (observed === null) return undefined;
  const value = observed.min + random() * (observed.max - observed.min);
  return type === "integer" ? Math.round(value) : value;
}
