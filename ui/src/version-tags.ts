import { Type } from "typebox";
import { Compile } from "typebox/compile";
import type { GateVerdict, Metric, ModelVersion } from "./model-versions.ts";

/** A key and its value, as MLflow lists tags, parameters and metrics. */
interface Pair<Value = string> {
  key: string;
  value?: Value;
}

/** As many metrics, parameters and comparisons as are shown, and characters of each text. */
const [MOST, MOST_CHARACTERS] = [200, 1000];
/** As in training/src/training/registry.py. */
const PROMOTED_AT = "slipway.champion.";
/** How far ONNX is from scikit-learn: no figure of quality. */
const PARITY = "parity_difference";
const ENDS = /_(low|high)$/;

const nullable = Type.Union([Type.Number(), Type.Null()]);
const text = Type.Union([Type.String(), Type.Null()]);
const gate = Compile(
  Type.Object({
    passed: Type.Boolean(),
    champion: Type.Optional(text),
    note: Type.Optional(Type.String()),
    figures: Type.Array(
      Type.Object({
        metric: Type.String(),
        rule: Type.Union([Type.Literal("floor"), Type.Literal("champion")]),
        value: nullable,
        limit: nullable,
        passed: Type.Boolean(),
        slice: Type.Optional(Type.String()),
      }),
    ),
  }),
);
const promotion = Compile(Type.Object({ by: Type.String() }));

/** What training wrote into a version's tags; a tag that cannot be read says nothing. */
export function fromTags(
  pairs: readonly Pair[],
): Pick<ModelVersion, "reason" | "adopted" | "promotions" | "verdict" | "gate"> {
  const tags = new Map(pairs.map(({ key, value }) => [key, value ?? ""]));
  const said = (key: string) => shortened(tags.get(key) ?? "") || null;
  const verdict = tags.get("slipway.verdict");
  return {
    reason: said("slipway.retrain_reason"),
    adopted: said("slipway.adopted"),
    promotions: [...tags].flatMap(promotionOf).sort((a, b) => a.at.localeCompare(b.at)),
    verdict: verdict === "promoted" || verdict === "rejected" ? verdict : null,
    gate: gateOf(tags.get("slipway.gate") ?? ""),
  };
}

/** The commit that a run's tags name; null where none is known. */
export function commitOf(pairs: readonly Pair[]): string | null {
  const commit = pairs.find(({ key }) => key === "slipway.git_sha")?.value ?? "";
  return /^[0-9a-f]{7,64}$/.test(commit) ? commit : null;
}

/** Parameters by name, not too many and none too long. */
export function parametersOf(pairs: readonly Pair[]): Record<string, string> {
  const some = pairs.slice(0, MOST).map(({ key, value }) => [key, shortened(value ?? "")]);
  return Object.fromEntries(some) as Record<string, string>;
}

/**
 * The metrics of the test rows; those of slices, folds and searches have a slash in their names.
 *
 * @param pairs as training logs them: `accuracy`, with `accuracy_low` and `accuracy_high` where it has an interval
 */
export function metricsOf(pairs: readonly Pair<unknown>[]): Record<string, Metric> {
  const values = new Map<string, number>();
  for (const { key, value } of pairs) {
    if (typeof value === "number" && !key.includes("/") && key !== PARITY) values.set(key, value);
  }
  const isEnd = (key: string) => ENDS.test(key) && values.has(key.replace(ENDS, ""));
  const metrics = [...values].filter(([key]) => !isEnd(key));
  return Object.fromEntries(
    metrics.slice(0, MOST).map(([key, value]): [string, Metric] => {
      const [low = null, high = null] = [values.get(`${key}_low`), values.get(`${key}_high`)];
      return [key, { value, low, high }];
    }),
  );
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

function promotionOf([key, value]: readonly [string, string]): ModelVersion["promotions"] {
  const at = key.startsWith(PROMOTED_AT) ? key.slice(PROMOTED_AT.length) : "";
  const told = parsed(value);
  return Number.isNaN(Date.parse(at)) || !promotion.Check(told)
    ? []
    : [{ at, by: shortened(told.by) }];
}

function gateOf(text: string): GateVerdict | null {
  // Python writes what is no number without quotes.
  const told = parsed(text.replace(/(": ?)(NaN|-?Infinity)\b/g, "$1null"));
  if (!gate.Check(told)) return null;
  const { passed, champion = null, note = "", figures } = told;
  return { passed, champion, note: shortened(note), figures: figures.slice(0, MOST) };
}

/** Undefined for what is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
