import { intervalOf } from "../../model/interval.ts";
import type { LoadedModel, Scores } from "../../model/loaded-model.ts";
import { isFields } from "../protocol-rows.ts";

/**
 * What MLflow's ONNX flavour answers under `predictions`.
 *
 * A model whose signature names columns gets a data frame back, so one record for each row:
 * `[{"label": 1, "probabilities": [0.2, 0.8]}]`. (MLflow's own server can do that for one output
 * only and fails on a classifier's two.) A signature of tensors gets the graph's outputs by name:
 * `{"label": [1], "probabilities": [[0.2, 0.8]]}`. A model that has prediction intervals answers
 * `interval`, low and high, beside them.
 */
export function predictions(model: LoadedModel, scores: Scores): unknown {
  const columns = outputColumns(model, scores);
  if (hasTensorSignature(model)) {
    return Object.fromEntries(columns.map(({ name, tensor }) => [name, tensor]));
  }
  return Array.from({ length: scores.rows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, cells }) => [name, cells[row]])),
  );
}

interface OutputColumn {
  readonly name: string;
  /** One value for each row. */
  readonly cells: readonly unknown[];
  /** The same in the graph's own shape. */
  readonly tensor: readonly unknown[];
}

function outputColumns({ package: pack }: LoadedModel, scores: Scores): OutputColumn[] {
  const { label, probabilities, value } = pack.onnx.outputs;
  const columns: OutputColumn[] = [];
  const add = (name: string | null, cells: unknown[], tensor = cells): void => {
    if (name !== null) columns.push({ name, cells, tensor });
  };
  const width = pack.classes.length;
  add(
    label,
    Array.from(scores.classes, (index) => pack.classes[index]?.value),
  );
  add(
    probabilities,
    Array.from(scores.classes, (_, row) => [
      ...scores.probabilities.subarray(row * width, (row + 1) * width),
    ]),
  );
  const values = [...scores.values];
  add(
    value,
    values,
    values.map((one) => [one]),
  );
  const endsOf = intervalOf(pack);
  if (endsOf !== undefined) add("interval", values.map(endsOf));
  return columns;
}

function hasTensorSignature({ signature }: LoadedModel): boolean {
  const { inputs } = signature;
  return Array.isArray(inputs) && isFields(inputs[0]) && inputs[0]["type"] === "tensor";
}
