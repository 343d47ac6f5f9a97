import { type Entries, type Entry, entryOf, exampleEntries, meaningOf } from "./form.ts";
import type { Feature, ModelPackage } from "./package.ts";

/**
 * The inputs as the address keeps them, behind the model's name: `Glucose=90&Age=`, numbers in JSON's notation, nothing for
 * what is missing or empty. Empty while the form is the example; what cannot be read is left out.
 */
export function inputsOf(pack: ModelPackage, entries: Entries): string {
  const example = encoded(pack, exampleEntries(pack));
  const inputs = encoded(pack, entries);
  return inputs === example ? "" : inputs;
}

function encoded({ features }: ModelPackage, entries: Entries): string {
  const inputs = new URLSearchParams();
  for (const feature of features) {
    const entry = entries[feature.name];
    const { value } = entry ? meaningOf(feature, entry) : { value: undefined };
    if (value !== undefined) inputs.set(feature.name, String(value ?? ""));
  }
  return inputs.toString();
}

/** The form that an address describes, on top of the example; what it says in vain comes in `refused`, in sentences. */
export function entriesOf(
  pack: ModelPackage,
  inputs: string,
): { entries: Entries; refused: string[] } {
  const byName = new Map(pack.features.map((feature) => [feature.name, feature]));
  const entries: Record<string, Entry> = { ...exampleEntries(pack) };
  const refused: string[] = [];
  for (const [name, text] of new URLSearchParams(inputs)) {
    const feature = byName.get(name);
    if (!feature) {
      refused.push(`“${name}” is no input of this model.`);
      continue;
    }
    const { entry, problem } = entryFrom(feature, text);
    if (problem === undefined) entries[name] = entry;
    else refused.push(`${feature.title} cannot be “${text}”: it ${problem}.`);
  }
  return { entries, refused };
}

function entryFrom(
  feature: Feature,
  text: string,
): { entry: Entry; problem?: undefined } | { entry?: undefined; problem: string } {
  const { type, range } = feature;
  if (text === "") return { entry: entryOf(feature, null) };
  if (type === "boolean") {
    if (text !== "true" && text !== "false") return { problem: "must be true or false" };
    return { entry: entryOf(feature, text === "true") };
  }
  if (type === "category" || type === "text" || type === "datetime") {
    const entry = entryOf(feature, text);
    const meaning = meaningOf(feature, entry);
    return meaning.value === undefined ? { problem: meaning.problem } : { entry };
  }
  const value = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) return { problem: "must be a number such as 12.5" };
  if (type === "integer" && !Number.isInteger(value)) return { problem: "must be a whole number" };
  const { min, max } = range ?? {};
  if (value < (min ?? -Infinity)) return { problem: `must be at least ${min ?? ""}` };
  if (value > (max ?? Infinity)) return { problem: `must be at most ${max ?? ""}` };
  return { entry: entryOf(feature, value) };
}
