import { spawn } from "node:child_process";
import path from "node:path";
import { json } from "node:stream/consumers";

import type { LoadedModel, Row } from "../../src/model/loaded-model.ts";

/** A contribution, and its standard error for the choice of background rows. */
export interface Exact {
  readonly mean: number;
  readonly error: number;
}

/**
 * Shapley values by their definition: over every set of the other features, what a feature's value moves the answer by (Shapley, 1953). It costs 2 to the power of
 * the features rows for each background row.
 */
export async function exactShapley(
  model: LoadedModel,
  row: Row,
  background: readonly Row[],
): Promise<ReadonlyMap<string, Exact>> {
  const { features } = model.package;
  const width = features.length;
  const sets = 2 ** width;
  const has = (set: number, feature: number) => Math.floor(set / 2 ** feature) % 2 === 1;
  const rows = background.flatMap((start) =>
    Array.from({ length: sets }, (_, set) =>
      row.map((value, at) => (has(set, at) ? value : (start[at] ?? NaN))),
    ),
  );
  const answers = await answersOf(model, [row, ...rows]);
  const weights = setWeights(width);
  const found = features.map(({ name }, feature): [string, Exact] => {
    const each = background.map((_, at) => {
      let sum = 0;
      for (let set = 0; set < sets; set += 1) {
        if (has(set, feature)) continue;
        const size = features.filter((_one, other) => has(set, other)).length;
        const start = 1 + at * sets + set;
        sum +=
          (weights[size] ?? NaN) *
          ((answers[start + 2 ** feature] ?? NaN) - (answers[start] ?? NaN));
      }
      return sum;
    });
    const mean = each.reduce((sum, one) => sum + one, 0) / each.length;
    const squares = each.reduce((sum, one) => sum + (one - mean) ** 2, 0);
    return [name, { mean, error: Math.sqrt(squares / (each.length - 1) / each.length) }];
  });
  return new Map(found);
}

/** Weight of a set by its size: 1 / (width · binomial(width - 1, size)). */
function setWeights(width: number): number[] {
  const weights = [1 / width];
  for (let size = 1; size < width; size += 1) {
    weights.push(((weights[size - 1] ?? NaN) * size) / (width - size));
  }
  return weights;
}

/** The probability of the positive class or of the first row's answer, or the number. */
async function answersOf(model: LoadedModel, rows: Row[]): Promise<number[]> {
  const { package: pack } = model;
  const scores = await model.score(rows);
  if (pack.task === "regression") return [...scores.values];
  const index = pack.positive ?? scores.classes[0] ?? 0;
  return rows.map((_, row) => scores.probabilities[row * pack.classes.length + index] ?? NaN);
}

/** What PyPI's shap is asked. */
export interface AskedOfShap {
  readonly folder: string;
  readonly class: number;
  readonly row: Row;
  readonly background: readonly Row[];
}

/** Versions by https://pypi.org/project/shap; the others are what it runs the graph with. */
const PACKAGES = ["shap==0.51.0", "onnxruntime==1.32.0", "pyyaml==6.0.3"];

/** Exact Shapley values by PyPI's shap, in an environment of its own. */
export async function shapValues(asked: AskedOfShap): Promise<{ values: number[]; base: number }> {
  const script = path.join(import.meta.dirname, "clients", "shap_values.py");
  const packages = PACKAGES.flatMap((one) => ["--with", one]);
  const words = ["run", "--no-project", "--python", "3.11", ...packages, "python", script];
  const process = spawn("uv", words, { stdio: ["pipe", "pipe", "inherit"] });
  process.stdin.end(JSON.stringify(asked));
  return (await json(process.stdout)) as { values: number[]; base: number };
}
