import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { parse as parseYaml } from "yaml";

import { packageFaults } from "./package-rules.ts";

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
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

const FeatureSchema = Type.Object({
  name: Type.String({ minLength: 1 }),
  title: Text,
  description: nullable(Text),
  type: Type.Enum(["number", "integer", "boolean", "category"]),
  unit: nullable(Text),
  required: Type.Boolean(),
  range: nullable(Type.Object({ min: nullable(Type.Number()), max: nullable(Type.Number()) })),
  observed: nullable(
    Type.Object({ min: Type.Number(), max: Type.Number(), median: Type.Number() }),
  ),
  categories: nullable(Type.Array(Text, { minItems: 1 })),
  unknown: Type.Enum(["reject", "accept"]),
  histogram: Type.Union([NumberHistogram, CategoryHistogram]),
});

const PackageSchema = Type.Object({
  format: Type.Literal(1),
  model: Type.String({ minLength: 1 }),
  title: Text,
  description: nullable(Text),
  task: Type.Enum(["binary", "multiclass", "regression"]),
  output: Type.Object({
    name: Type.String({ minLength: 1 }),
    type: Type.Enum(["boolean", "category", "number"]),
    unit: nullable(Text),
  }),
  classes: Type.Array(
    Type.Object({ value: Type.Union([Type.Integer(), Type.String()]), label: Text }),
  ),
  positive: nullable(Count),
  risk_bands: Type.Array(Type.Object({ label: Text, below: nullable(Type.Number()) })),
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
    inputs: Type.Array(Type.Object({ name: Text, dtype: Type.Enum(["float32", "string"]) }), {
      minItems: 1,
    }),
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
  }),
});

/** `metadata.slipway`, format 1: all that serving knows of a model (docs/model-package.md). */
export type ModelPackage = Static<typeof PackageSchema>;

/** One input of the model, in the order of the signature. */
export type Feature = ModelPackage["features"][number];

/** The reference distribution of a number (bins) or of a category (named counts). */
export type Histogram = Feature["histogram"];

/** MLflow's own signature, already out of its JSON strings; null where MLflow wrote none. */
export interface Signature {
  readonly inputs: unknown;
  readonly outputs: unknown;
}

/** What serving takes from an `MLmodel` file. */
export interface ModelFile {
  readonly package: ModelPackage;
  readonly signature: Signature;
}

/** Which check a package failed; the label of the load-failure metric. */
export type PackageFault =
  "artifacts" | "metadata" | "name" | "size" | "checksum" | "graph" | "example";

/** The package can never be served as it is; the message says why. */
export class PackageError extends Error {
  override readonly name = "PackageError";
  readonly fault: PackageFault;

  constructor(fault: PackageFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

const validator = Compile(PackageSchema);

/** Reads the package out of an `MLmodel` file's text. Throws PackageError naming every fault. */
export function parseModelFile(text: string): ModelFile {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (cause) {
    throw new PackageError("metadata", `MLmodel is not YAML: ${firstLine(cause)}`, { cause });
  }
  const slipway = member(member(document, "metadata"), "slipway");
  if (slipway === undefined) {
    throw new PackageError(
      "metadata",
      "MLmodel has no 'metadata.slipway': register the model with Slipway's training",
    );
  }
  const format = member(slipway, "format");
  if (format !== 1) {
    throw new PackageError(
      "metadata",
      `metadata.slipway.format is ${JSON.stringify(format)}; this server reads format 1`,
    );
  }
  const faults = validator.Check(slipway)
    ? packageFaults(slipway)
    : validator.Errors(slipway).map((fault) => `${fault.instancePath || "/"} ${fault.message}`);
  if (faults.length > 0)
    throw new PackageError("metadata", `metadata.slipway: ${faults.join("; ")}`);
  const signature = member(document, "signature");
  return {
    package: inFeatureOrder(slipway as ModelPackage),
    signature: { inputs: embedded(signature, "inputs"), outputs: embedded(signature, "outputs") },
  };
}

/** MLflow sorts the keys of what it writes; people expect the example in the features' order. */
function inFeatureOrder(pack: ModelPackage): ModelPackage {
  const names = pack.features.map(({ name }) => name).filter((name) => name in pack.example);
  return {
    ...pack,
    example: Object.fromEntries(names.map((name) => [name, pack.example[name] ?? null])),
  };
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** MLflow keeps the signature's parts as JSON text inside the YAML. */
function embedded(signature: unknown, key: string): unknown {
  const text = member(signature, key);
  if (typeof text !== "string") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function firstLine(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause).split("\n", 1)[0] ?? "";
}
