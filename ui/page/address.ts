import { type Entries, type Entry, entryOf, exampleEntries, meaningOf } from "./form.ts";
import { t } from "./language.ts";
import { written } from "./number.ts";
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
      refused.push(t().noSuchInput(name));
      continue;
    }
    const { entry, problem } = entryFrom(feature, text);
    if (problem === undefined) entries[name] = entry;
    else refused.push(t().cannotBe(feature.title, text, problem));
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
    if (text !== "true" && text !== "false") {
      return { problem: t().mustBe(t().trueOrFalse) };
    }
    return { entry: entryOf(feature, text === "true") };
  }
  if (type === "category" || type === "text" || type === "datetime") {
    const entry = entryOf(feature, text);
    const meaning = meaningOf(feature, entry);
    return meaning.value === undefined ? { problem: meaning.problem } : { entry };
  }
  const value = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) return { problem: t().mustBe(t().aNumber("12.5")) };
  if (type === "integer" && !Number.isInteger(value)) {
    return { problem: t().mustBe(t().aWholeNumber) };
  }
  const { min, max } = range ?? {};
  if (min != null && value < min) return { problem: t().mustBe(t().atLeast(written(min))) };
  if (max != null && value > max) return { problem: t().mustBe(t().atMost(written(max))) };
  return { entry: entryOf(feature, value) };
}
