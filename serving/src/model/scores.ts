import type { Scores } from "./loaded-model.ts";

/** The scores of some of the rows, without copying. */
export function sliceScores(
  { classes, probabilities, values }: Scores,
  start: number,
  rows: number,
): Scores {
  const width = classes.length === 0 ? 0 : probabilities.length / classes.length;
  return {
    rows,
    classes: classes.subarray(start, start + rows),
    probabilities: probabilities.subarray(start * width, (start + rows) * width),
    values: values.subarray(start, start + rows),
  };
}

/** The scores of several runs, in their order. */
export function joinScores(parts: readonly Scores[]): Scores {
  return {
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    classes: Int32Array.from(parts.flatMap(({ classes }) => [...classes])),
    probabilities: Float32Array.from(parts.flatMap(({ probabilities }) => [...probabilities])),
    values: joinedValues(parts.map(({ values }) => values)),
  };
}

function joinedValues(parts: readonly Scores["values"][]): Scores["values"] {
  const all = parts.flatMap((values) => [...values]);
  return parts[0] instanceof Float64Array ? Float64Array.from(all) : Float32Array.from(all);
}
