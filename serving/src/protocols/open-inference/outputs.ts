import { intervalOf } from "../../model/interval.ts";
import type { LoadedModel, Scores } from "../../model/loaded-model.ts";
import { numberType, type ModelPackage } from "../../model/package.ts";
import { badField } from "../protocol-rows.ts";
import type { InferRequest } from "./request.ts";
import { toBinary, type Datatype } from "./tensor.ts";

/** Name, datatype and shape of a tensor; -1 stands for the number of rows. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** An inference response: its JSON part, and the bytes that follow it, if any. */
export interface InferResponse {
  readonly json: string;
  readonly binary: Buffer | undefined;
}

const INTERVAL = "interval";
const DATATYPE_OF = { string: "BYTES", float32: "FP32", float64: "FP64" } as const;

/** What the graph itself takes; a datetime's text, of which this server makes its number. */
export function inputMetadata({ onnx, features }: ModelPackage): TensorMetadata[] {
  const width = onnx.layout === "matrix" ? features.length : 1;
  const times = new Set(features.filter(({ type }) => type === "datetime").map(({ name }) => name));
  return onnx.inputs.map(({ name, dtype }) => ({
    name,
    datatype: times.has(name) ? "BYTES" : DATATYPE_OF[dtype],
    shape: [-1, width],
  }));
}

/** What the graph itself answers; and the prediction interval, low and high, of a model that has it. */
export function outputMetadata(pack: ModelPackage): TensorMetadata[] {
  const { onnx, classes, interval } = pack;
  const { label, probabilities, value } = onnx.outputs;
  const labels = typeof classes[0]?.value === "string" ? "BYTES" : "INT64";
  const outputs: [string | null, Datatype, number[]][] = [
    [label, labels, [-1]],
    [probabilities, "FP32", [-1, classes.length]],
    [value, DATATYPE_OF[numberType(pack)], [-1, 1]],
    [interval === undefined ? null : INTERVAL, DATATYPE_OF[numberType(pack)], [-1, 2]],
  ];
  return outputs.flatMap(([name, datatype, shape]) =>
    name === null ? [] : [{ name, datatype, shape }],
  );
}

/** Writes the response with the outputs that were asked for, all of them by default. */
export function inferResponse(
  { name, version, package: pack }: LoadedModel,
  { id, outputs, parameters }: InferRequest,
  scores: Scores,
): InferResponse {
  const known = outputMetadata(pack);
  const wanted: InferRequest["outputs"] =
    outputs === undefined || outputs.length === 0 ? known : outputs;
  const allBinary = parameters?.["binary_data_output"] === true;
  const parts: Buffer[] = [];
  const written = wanted.map((output, index) => {
    const metadata = known.find((one) => one.name === output.name);
    if (metadata === undefined) {
      throw badField(
        `/outputs/${index}/name`,
        `is not one of ${known.map((one) => one.name).join(", ")}`,
      );
    }
    const { datatype } = metadata;
    const shape = [scores.rows, ...metadata.shape.slice(1)];
    const elements = outputElements(pack, metadata.name, scores);
    const ofOutput = output.parameters?.["binary_data"];
    const head = { name: metadata.name, shape, datatype };
    if (!(typeof ofOutput === "boolean" ? ofOutput : allBinary)) return { ...head, data: elements };
    const bytes = toBinary(elements, datatype);
    parts.push(bytes);
    return { ...head, parameters: { binary_data_size: bytes.length } };
  });
  const json = JSON.stringify({ model_name: name, model_version: version, id, outputs: written });
  return { json, binary: parts.length === 0 ? undefined : Buffer.concat(parts) };
}

function outputElements(pack: ModelPackage, name: string, scores: Scores): (number | string)[] {
  const { onnx, classes } = pack;
  const endsOf = name === INTERVAL ? intervalOf(pack) : undefined;
  if (endsOf !== undefined) return [...scores.values].flatMap((value) => [...endsOf(value)]);
  if (name === onnx.outputs.label) {
    return Array.from(scores.classes, (index) => classes[index]?.value ?? "");
  }
  return [...(name === onnx.outputs.probabilities ? scores.probabilities : scores.values)];
}
