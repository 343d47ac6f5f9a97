import { isText, type Feature, type ModelPackage } from "../../model/package.ts";
import { badField, type ProtocolRows } from "../protocol-rows.ts";
import type { InferInput, InferRequest } from "./request.ts";
import { binaryElements, jsonElements, type Datatype, type Element } from "./tensor.ts";

/**
 * Turns a request's tensors into rows of named features: either the graph's own matrix
 * `[rows, features]`, or one tensor `[rows]` or `[rows, 1]` for each feature, by name. A missing
 * number is NaN or null, a missing category, text or datetime the empty string; an optional feature's tensor may be
 * left out.
 */
export function tensorRows(request: InferRequest, pack: ModelPackage): ProtocolRows {
  const { features, onnx } = pack;
  const [first] = request.inputs;
  const matrix = onnx.layout === "matrix" ? onnx.inputs[0]?.name : undefined;
  const isMatrix = first?.name === matrix && first?.shape.length === 2;
  return isMatrix ? matrixRows(request, features) : featureRows(request, features);
}

function matrixRows(request: InferRequest, features: readonly Feature[]): ProtocolRows {
  const [input, second] = request.inputs;
  if (input === undefined || second !== undefined) {
    throw badField("/inputs/1", "is not expected beside the matrix of all features");
  }
  const [length = 0, width = 0] = input.shape;
  if (width !== features.length) {
    throw badField("/inputs/0/shape", `must be [rows, ${features.length}], one column a feature`);
  }
  const elements = elementsOf(input, 0, request.binary[0]);
  const isNested = input.data?.some(Array.isArray) === true;
  const columns = new Map(features.map(({ name }, column) => [name, column]));
  return {
    rows: Array.from({ length }, (_, row) =>
      Object.fromEntries(
        features.map((feature, column) => [
          feature.name,
          valueFor(feature, elements[row * width + column] ?? null, input.datatype),
        ]),
      ),
    ),
    pathOf: (row, field) => {
      const column = columns.get(field ?? "") ?? 0;
      return `/inputs/0/data/${isNested ? `${row}/${column}` : row * width + column}`;
    },
  };
}

function featureRows(request: InferRequest, features: readonly Feature[]): ProtocolRows {
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  const columns = new Map<string, { readonly index: number; readonly values: unknown[] }>();
  const length = request.inputs[0]?.shape[0] ?? 0;
  for (const [index, input] of request.inputs.entries()) {
    const { name, shape, datatype } = input;
    const at = `/inputs/${index}`;
    const feature = byName.get(name);
    if (feature === undefined) throw badField(`${at}/name`, "is not an input of this model");
    if (columns.has(name)) throw badField(`${at}/name`, "names the same input twice");
    if (shape[0] !== length || (shape[1] ?? 1) !== 1) {
      throw badField(`${at}/shape`, `must be [${length}] or [${length}, 1], as the first input's`);
    }
    const values = elementsOf(input, index, request.binary[index]).map((one) =>
      valueFor(feature, one, datatype),
    );
    columns.set(name, { index, values });
  }
  return {
    rows: Array.from({ length }, (_, row) =>
      Object.fromEntries([...columns].map(([name, { values }]) => [name, values[row]])),
    ),
    pathOf: (row, field) => {
      const column = columns.get(field ?? "");
      return column === undefined ? "/inputs" : `/inputs/${column.index}/data/${row}`;
    },
  };
}

function elementsOf(input: InferInput, index: number, bytes: Buffer | undefined): Element[] {
  const { data, datatype, shape } = input;
  const at = `/inputs/${index}/data`;
  if (bytes !== undefined && data === undefined) return binaryElements(bytes, datatype, shape, at);
  if (bytes === undefined && data !== undefined) return jsonElements(data, datatype, shape, at);
  throw badField(at, "must be sent once: as JSON, or as bytes with binary_data_size");
}

function valueFor(feature: Feature, element: Element, datatype: Datatype): Element {
  const { type, range } = feature;
  if (typeof element === "bigint") {
    const number = Number(element);
    // Bytes hold every digit, which a category keeps; another feature is a floating-point number anyway.
    return type === "category" && !Number.isSafeInteger(number) ? String(element) : number;
  }
  if (isText(feature) || type === "datetime") return element === "" ? null : element;
  // 0.1 as FP32 is a little more than 0.1: a limit must hold for itself.
  if (datatype === "FP32" && range !== null && typeof element === "number") {
    if (range.min !== null && element === Math.fround(range.min)) return range.min;
    if (range.max !== null && element === Math.fround(range.max)) return range.max;
  }
  return element;
}
