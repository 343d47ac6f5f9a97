import { intervalOf } from "./interval.ts";
import type { LoadedModel, Scores } from "./loaded-model.ts";
import { numberType, type ModelPackage } from "./package.ts";
import type { JsonSchema } from "./request-schema.ts";

/** Writes the answer of one row as JSON text. */
export type AnswerWriter = (scores: Scores, row: number) => string;

const writers = new WeakMap<LoadedModel, AnswerWriter>();

/** Writes answers of a model version; prepared once. */
export function answerWriter(model: LoadedModel): AnswerWriter {
  let writer = writers.get(model);
  if (writer === undefined) writers.set(model, (writer = preparedWriter(model)));
  return writer;
}

/** All but the numbers is fixed text per class and band, so a request costs a few concatenations instead of a walk through an object. */
function preparedWriter({ name, version, package: pack }: LoadedModel): AnswerWriter {
  const key = JSON.stringify(pack.output.name);
  const tail = `,"model":${JSON.stringify({ name, version })}}`;
  if (pack.task === "regression") {
    const text = numberType(pack) === "float64" ? float64Text : float32Text;
    const interval = intervalWriter(pack, text);
    return ({ values }, row) => {
      const value = values[row] ?? NaN;
      return `{${key}:${text(value)}${interval(value)}${tail}`;
    };
  }
  const width = pack.classes.length;
  const heads = pack.classes.map((_, i) => `{${key}:${classText(pack, i)},"probability":`);
  if (pack.positive === null) {
    const names = pack.classes.map(({ label }) => JSON.stringify(label));
    return ({ classes, probabilities }, row) => {
      const at = row * width;
      const index = classes[row] ?? 0;
      const each = names.map((label, i) => `${label}:${float32Text(probabilities[at + i] ?? 0)}`);
      const likely = float32Text(probabilities[at + index] ?? 0);
      return `${heads[index] ?? ""}${likely},"probabilities":{${each.join(",")}}${tail}`;
    };
  }
  const { positive } = pack;
  const bandOf = bandWriter(pack);
  return ({ classes, probabilities }, row) => {
    const probability = probabilities[row * width + positive] ?? NaN;
    return `${heads[classes[row] ?? 0] ?? ""}${float32Text(probability)}${bandOf(probability)}${tail}`;
  };
}

/** The JSON Schema of one answer. */
export function answerSchema(pack: ModelPackage) {
  const { output, classes, positive, task, risk_bands, threshold, interval } = pack;
  // Far from anything it was trained on, a graph may answer with no number: JSON has only null for that.
  const probability = { type: ["number", "null"], minimum: 0, maximum: 1 };
  const about = output.unit === null ? {} : { description: `Unit: ${output.unit}.` };
  const labels = classes.map(({ label }) => label);
  const decided =
    threshold === undefined
      ? {}
      : {
          description: `${classText(pack, positive ?? 0)} from a probability of ${threshold} on.`,
        };
  const value: JsonSchema =
    task === "regression"
      ? { type: ["number", "null"], ...about }
      : output.type === "boolean"
        ? { type: "boolean", ...decided }
        : { enum: classes.map(answeredClass), ...decided };
  const properties: JsonSchema = { [output.name]: value };
  if (task !== "regression") {
    const of = positive === null ? "the answered class" : `'${labels[positive] ?? ""}'`;
    properties["probability"] = { ...probability, description: `Probability of ${of}.` };
    if (positive === null) {
      const each = Object.fromEntries(labels.map((label) => [label, probability]));
      properties["probabilities"] = { type: "object", properties: each };
    }
  }
  if (interval !== undefined) properties["interval"] = intervalSchema(interval, about);
  if (risk_bands.length > 0) {
    properties["risk_level"] = { enum: [...risk_bands.map(({ label }) => label), null] };
  }
  const text = { type: "string" };
  properties["model"] = { type: "object", properties: { name: text, version: text } };
  return { type: "object", properties, required: Object.keys(properties) };
}

function intervalSchema({ coverage }: NonNullable<ModelPackage["interval"]>, about: JsonSchema) {
  const end = { type: ["number", "null"], ...about };
  return {
    type: "object",
    description: `Holds the true number of ${coverage} of all rows like those of the training.`,
    properties: { low: end, high: end, coverage: { const: coverage } },
    required: ["low", "high", "coverage"],
  };
}

function intervalWriter(pack: ModelPackage, text: (value: number) => string) {
  const endsOf = intervalOf(pack);
  if (endsOf === undefined) return () => "";
  const end = `,"coverage":${pack.interval?.coverage ?? ""}}`;
  return (value: number) => {
    const [low, high] = endsOf(value);
    return `,"interval":{"low":${text(low)},"high":${text(high)}${end}`;
  };
}

function classText({ output, classes, positive }: ModelPackage, index: number): string {
  if (output.type === "boolean") return String(index === positive);
  const answered = classes[index];
  return JSON.stringify(answered === undefined ? null : answeredClass(answered));
}

/** What people call the class, if they call it anything: else its value, a number where it is one. */
function answeredClass({ value, label }: ModelPackage["classes"][number]): number | string {
  return label === String(value) ? value : label;
}

function bandWriter({ risk_bands }: ModelPackage): (probability: number) => string {
  const bands = risk_bands.map(({ label, below }) => ({
    below: below ?? Infinity,
    text: `,"risk_level":${JSON.stringify(label)}`,
  }));
  const none = bands.length === 0 ? "" : ',"risk_level":null';
  return (probability) => bands.find(({ below }) => probability < below)?.text ?? none;
}

/** The shortest decimal that reads back as the same float32: 0.81, not 0.8100000023841858; null for no finite number. */
function float32Text(value: number): string {
  if (!Number.isFinite(value)) return "null";
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

function float64Text(value: number): string {
  return Number.isFinite(value) ? String(value) : "null";
}
