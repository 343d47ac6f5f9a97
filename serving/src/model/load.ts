import { createHash } from "node:crypto";

import type { Limits } from "../config.ts";
import type { Candidate } from "../registry/source.ts";
import type { Scores } from "./loaded-model.ts";
import { checkClassOrder, drawnRows } from "./class-order.ts";
import { PackageError } from "./package-error.ts";
import { numberType, type ModelPackage } from "./package.ts";
import { readModelFile } from "./read-model-file.ts";
import { Scorer } from "./scorer.ts";
import { ServedModel } from "./served-model.ts";
import { checkSignature } from "./signature.ts";

const MLMODEL_BYTES = 4 * 1_048_576;
const TOLERANCE = 1e-5;

/**
 * Downloads a candidate, checks that it is what its package says and tries it on its example row.
 * Throws PackageError for what will never be right, SourceError for what may be right later.
 *
 * @param publicKeys of which one must have signed it. @default it need not be signed
 */
export async function loadModel(
  candidate: Candidate,
  limits: Limits,
  publicKeys: readonly string[] = [],
): Promise<ServedModel> {
  const text = await candidate.read("MLmodel", MLMODEL_BYTES);
  if (publicKeys.length > 0) await checkSignature(candidate, text, publicKeys);
  const { package: pack, signature } = await readModelFile(text.toString("utf8"));
  checkName(candidate, pack);
  const onnx = await readOnnx(candidate, pack, limits.modelBytes);
  const scorer = await createScorer(onnx, pack);
  const model = new ServedModel({
    name: candidate.name ?? pack.model,
    version: candidate.version ?? pack.onnx.sha256.slice(0, 12),
    pack,
    signature,
    scorer,
    maxRows: limits.rows,
  });
  try {
    checkGraph(pack, scorer);
    await tryExample(model);
    if (pack.classes.length > 0) checkClassOrder(pack, await scoreDrawn(model));
  } catch (error) {
    await scorer.release();
    throw error;
  }
  return model;
}

/** The files of another model would answer every caller with an error, or worse, with a prediction. */
function checkName({ name, version }: Candidate, { model }: ModelPackage): void {
  if (name === undefined || name === model) return;
  throw new PackageError(
    "name",
    `version ${version ?? "?"} of '${name}' holds the files of '${model}': point the alias at a version that was trained as '${name}'`,
  );
}

async function readOnnx(candidate: Candidate, { onnx }: ModelPackage, maxBytes: number) {
  if (onnx.size > maxBytes) {
    throw new PackageError(
      "size",
      `${onnx.file} has ${onnx.size} bytes, more than MAX_MODEL_BYTES=${maxBytes}`,
    );
  }
  const bytes = await candidate.read(onnx.file, onnx.size);
  if (bytes.length !== onnx.size) {
    throw new PackageError(
      "size",
      `${onnx.file} has ${bytes.length} bytes instead of ${onnx.size}`,
    );
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== onnx.sha256) {
    throw new PackageError(
      "checksum",
      `${onnx.file} has sha256 ${sha256} instead of ${onnx.sha256}`,
    );
  }
  return bytes;
}

async function createScorer(onnx: Uint8Array, pack: ModelPackage): Promise<Scorer> {
  try {
    return await Scorer.create(onnx, pack);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new PackageError("graph", `${pack.onnx.file} is not a graph that can be run: ${reason}`, {
      cause,
    });
  }
}

/** Compares the names and types of the graph's ends with the package's. */
function checkGraph(pack: ModelPackage, { session }: Scorer): void {
  const { onnx, features, classes } = pack;
  const width = onnx.layout === "matrix" ? features.length : 1;
  const wantedInputs = onnx.inputs.map(({ name, dtype }) => `${name}: ${dtype} [rows, ${width}]`);
  const inputs = session.inputMetadata.map((input) =>
    input.isTensor
      ? `${input.name}: ${input.type} [rows, ${input.shape.slice(1).join(", ")}]`
      : `${input.name}: not a tensor`,
  );
  if (wantedInputs.sort().join("; ") !== inputs.sort().join("; ")) {
    throw new PackageError(
      "graph",
      `the graph takes ${inputs.join("; ")}, the package says ${wantedInputs.join("; ")}`,
    );
  }
  const { label, probabilities, value } = onnx.outputs;
  const labelType = typeof classes[0]?.value === "string" ? "string" : "int64";
  const wanted = [
    [label, labelType],
    [probabilities, "float32"],
    [value, numberType(pack)],
  ] as const;
  for (const [name, type] of wanted) {
    if (name === null) continue;
    const output = session.outputMetadata.find((one) => one.name === name);
    if (output?.isTensor !== true || output.type !== type) {
      throw new PackageError("graph", `the graph has no ${type} output '${name}'`);
    }
  }
}

/** Scores rows of what each feature had in training, which the graph must know how to answer. */
async function scoreDrawn(model: ServedModel): Promise<Scores> {
  try {
    return await model.score(drawnRows(model.package));
  } catch (cause) {
    const { message } = cause as Error;
    throw new PackageError(
      "classes",
      `rows drawn from the package's own values cannot be answered: ${message} Train the model again`,
      { cause },
    );
  }
}

async function tryExample(model: ServedModel): Promise<void> {
  const { example, expected, classes } = model.package;
  let scores: Scores;
  try {
    scores = await model.score(model.validate([example]));
  } catch (cause) {
    const { message, errors } = cause as Error & { errors?: unknown };
    const detail = errors === undefined ? message : JSON.stringify(errors);
    throw new PackageError("example", `the example row cannot be scored: ${detail}`, { cause });
  }
  const label = classes[scores.classes[0] ?? -1]?.value ?? null;
  const agrees =
    label === expected.label &&
    (expected.probabilities ?? []).every((one, i) => near(one, scores.probabilities[i])) &&
    (expected.value === null || near(expected.value, scores.values[0]));
  if (!agrees) {
    const found = JSON.stringify([label, ...scores.probabilities, ...scores.values]);
    throw new PackageError(
      "example",
      `the example row gives ${found} instead of ${JSON.stringify(expected)}`,
    );
  }
}

/** Absolute for probabilities, relative for large values. */
function near(expected: number, found: number | undefined): boolean {
  return Math.abs(expected - (found ?? NaN)) <= TOLERANCE * Math.max(1, Math.abs(expected));
}
