import { t } from "./language.ts";
import { inShort } from "./number.ts";
import type { Feature, ModelPackage, Prediction } from "./package.ts";
import { shownPercent } from "./probability.tsx";
import type { Variant } from "./variants.ts";

/** What the model answers as one feature moves: a probability, or the number itself. */
export interface Answers {
  feature: Feature;
  /** What moves, and the answer to it; null where the model has none. */
  points: { value: Variant["value"]; answer: number | null }[];
  /** The form's own value. */
  own: Variant["value"] | undefined;
  /** What is drawn, in words. */
  title: string;
  /** From which answer on the model says yes. */
  threshold: number | undefined;
  /** The ends of the scale of answers. */
  scale: readonly [low: number, high: number];
  shown: (answer: number | null) => string;
}

/** Of several classes, the one whose probability is drawn is that of the form's own answer. */
export function answersOf(
  pack: ModelPackage,
  feature: Feature,
  own: Variant["value"] | undefined,
  variants: readonly Variant[],
  predictions: readonly Prediction[],
): Answers {
  const { task, output, classes, positive, threshold } = pack;
  const at = variants.findIndex(({ value }) => value === own);
  const middle = predictions[at < 0 ? Math.floor(predictions.length / 2) : at];
  const said = middle?.[output.name];
  const label =
    typeof said === "string" || typeof said === "number" ? String(said) : (classes[0]?.label ?? "");
  const answer = (prediction: Prediction | undefined): number | null => {
    if (task === "regression") return numberOrNull(prediction?.[output.name]);
    if (task === "binary") return numberOrNull(prediction?.probability);
    return numberOrNull(prediction?.probabilities?.[label]);
  };
  const points = variants.map(({ value }, index) => ({
    value,
    answer: answer(predictions[index]),
  }));
  const of = task === "binary" ? (classes[positive ?? 1]?.label ?? "") : label;
  const name = output.name.replaceAll("_", " ");
  return {
    ...{ feature, points, own },
    title: task === "regression" ? name : t().probability(t().of(of)),
    threshold: task === "binary" ? threshold : undefined,
    scale: task === "regression" ? around(points.map((point) => point.answer)) : [0, 1],
    shown: (number) => {
      if (number === null) return t().noNumber;
      return task === "regression" ? inShort(number, output.unit) : shownPercent(number);
    },
  };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** A scale with some room above and below. */
function around(answers: readonly (number | null)[]): readonly [number, number] {
  const numbers = answers.filter((answer) => answer !== null);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const room = (high - low || Math.abs(high) || 1) / 10;
  return [low - room, high + room];
}
