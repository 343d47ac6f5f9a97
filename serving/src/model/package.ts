import { Type, type Static } from "typebox";

/** A value that may also be null. */
export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Scalar = Type.Union([Type.Number(), Type.String()]);

const NumberHistogram = Type.Object({
  edges: Type.Array(Type.Number()),
  counts: Type.Array(Count, { minItems: 1 }),
  missing: Count,
});

const CategoryHistogram = Type.Object({
  categories: Type.Array(Text),
  counts: Type.Array(Count),
  other: Count,
  missing: Count,
});

/** What the training took the data for, in words for people. */
const UnderstandingSchema = Type.Object({
  columns: Type.Array(
    Type.Object({ name: Text, type: Text, reason: Text, missing: Count, notes: Type.Array(Text) }),
  ),
  dropped: Type.Array(Text),
  target: Type.Array(Text),
});

/** By how much a metric gets worse where a feature's values are shuffled among the test rows. */
const ImportanceSchema = Type.Object({
  metric: Text,
  /** Shuffles a feature, and of how many rows. */
  repeats: Type.Optional(Type.Integer()),
  rows: Type.Optional(Type.Integer()),
  features: Type.Record(Text, Type.Object({ mean: Type.Number(), std: Type.Number() })),
});

/** One input of the model. */
export const FeatureSchema = Type.Object({
  name: Type.String({ minLength: 1 }),
  title: Text,
  description: nullable(Text),
  type: Type.Enum(["number", "integer", "boolean", "category", "text", "datetime"]),
  unit: nullable(Text),
  required: Type.Boolean(),
  range: nullable(Type.Object({ min: nullable(Type.Number()), max: nullable(Type.Number()) })),
  observed: nullable(
    Type.Object({ min: Type.Number(), max: Type.Number(), median: Type.Number() }),
  ),
  categories: nullable(Type.Array(Text, { minItems: 1 })),
  unknown: Type.Enum(["reject", "accept"]),
  /** Most characters (code points) of a text; of no other type. */
  max_length: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Of a datetime alone: whether its times have an offset, and are of UTC then; whether training saw times of day; ISO 8601. */
  datetime: Type.Optional(
    Type.Object({
      offset: Type.Boolean(),
      time: Type.Boolean(),
      min: Text,
      max: Text,
      median: Text,
    }),
  ),
  /** Texts that mean "missing" in a CSV field, beside the empty one; absent in older packages. */
  missing: Type.Optional(Type.Array(Text)),
  histogram: Type.Union([NumberHistogram, CategoryHistogram]),
});

/** The parts of a package one by one; how they must fit each other is in `package-rules.ts`. */
export const PackageSchema = Type.Object({
  format: Type.Literal(1),
  model: Type.String({ minLength: 1 }),
  title: Text,
  description: nullable(Text),
  /** Of the model card; absent where the YAML says nothing. */
  license: Type.Optional(Text),
  contact: Type.Optional(Text),
  limitations: Type.Optional(Type.Array(Text)),
  task: Type.Enum(["binary", "multiclass", "regression"]),
  output: Type.Object({
    name: Type.String({ minLength: 1 }),
    type: Type.Enum(["boolean", "category", "number"]),
    unit: nullable(Text),
  }),
  classes: Type.Array(
    Type.Object({
      value: Type.Union([Type.Integer(), Type.String()]),
      label: Text,
      /** What a page says of an answer, as it reads behind "the answer is that". */
      sentence: Type.Optional(Text),
    }),
  ),
  positive: nullable(Count),
  risk_bands: Type.Array(
    Type.Object({
      label: Text,
      below: nullable(Type.Number()),
      tone: Type.Optional(Type.Enum(["good", "caution", "bad"])),
    }),
  ),
  /** From which P(positive) on the graph's label is the positive class; absent: from the higher probability on. */
  threshold: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
  /** How far to both sides of a regression's number the share `coverage` of rows lies. */
  interval: Type.Optional(
    Type.Object({
      coverage: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
      half_width: Type.Number({ minimum: 0 }),
    }),
  ),
  features: Type.Array(FeatureSchema, { minItems: 1 }),
  example: Type.Record(Text, Type.Union([Scalar, Type.Boolean(), Type.Null()])),
  expected: Type.Object({
    label: nullable(Scalar),
    probabilities: nullable(Type.Array(Type.Number())),
    value: nullable(Type.Number()),
  }),
  onnx: Type.Object({
    file: Type.String({ pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$" }),
    sha256: Sha256,
    size: Type.Integer({ minimum: 1 }),
    layout: Type.Enum(["matrix", "columns"]),
    inputs: Type.Array(
      Type.Object({ name: Text, dtype: Type.Enum(["float32", "float64", "string"]) }),
      { minItems: 1 },
    ),
    outputs: Type.Object({
      label: nullable(Text),
      probabilities: nullable(Text),
      value: nullable(Text),
    }),
  }),
  training: Type.Object({
    git_sha: Text,
    data_sha256: Text,
    key: Text,
    rows: Type.Object({ train: Count, test: Count }),
    metrics: Type.Record(Text, Type.Number()),
    libraries: Type.Record(Text, Text),
    /** Absent in older packages, and where it was not measured. */
    importance: Type.Optional(ImportanceSchema),
    /** Absent in older packages. */
    understanding: Type.Optional(UnderstandingSchema),
  }),
});

/** `metadata.slipway`, format 1: all that serving knows of a model (docs/model-package.md). */
export type ModelPackage = Static<typeof PackageSchema>;

/** One input of the model, in the order of the signature. */
export type Feature = ModelPackage["features"][number];

/** Whether a feature's values are text to the graph (missing: ""), else numbers (missing: NaN). */
export function isText({ type }: Pick<Feature, "type">): boolean {
  return type === "category" || type === "text";
}

/** What the graph takes numbers as; a regression's `value` is of the same type. */
export type NumberType = "float32" | "float64";

/** The type of the graph's numeric inputs. */
export function numberType({ onnx }: ModelPackage): NumberType {
  return onnx.inputs.some(({ dtype }) => dtype === "float64") ? "float64" : "float32";
}
