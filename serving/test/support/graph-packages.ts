import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { stringify } from "yaml";

import { python, temporaryFolder } from "./packages.ts";

/** Texts that reading them as a number, a boolean or a missing value would change. */
export const TEXTS = [
  ...["02134", "2134", "1.10", "1.1", "1E5", "100000", "TRUE", "False", "Infinity", "NA", "007"],
  ...["1582218195625938945", "1582218195625938947", "9007199254740993", " padded "],
];

let graphs: Promise<string> | undefined;

async function writeGraphs(): Promise<string> {
  const folder = temporaryFolder();
  const script = path.join(import.meta.dirname, "clients", "graphs.py");
  await promisify(execFile)(python(), [script, folder, ...TEXTS]);
  return folder;
}

/** What is particular to one of the packages; the rest is the same for all. */
type Metadata = Record<string, unknown>;

const NUMBERS = { edges: [1], counts: [1, 1], missing: 0 };

function feature(name: string, rest: Metadata = {}): Metadata {
  return {
    ...{ name, title: name, description: null, type: "number", unit: null, required: true },
    ...{ range: null, observed: { min: 0, max: 2, median: 1 }, categories: null },
    ...{ unknown: "reject", histogram: NUMBERS },
    ...rest,
  };
}

const code = feature("code", {
  ...{ type: "category", observed: null, categories: TEXTS },
  histogram: { categories: TEXTS, counts: TEXTS.map(() => 1), other: 0, missing: 0 },
});
const oneHot = (text: string) => TEXTS.map((one) => Number(one === text));
const CLASSIFIER = { label: "label", probabilities: "probabilities", value: null };
const REGRESSION = { label: null, probabilities: null, value: "value" };

/** Packages around the graphs of `clients/graphs.py`. */
const PACKAGES = {
  text: {
    task: "multiclass",
    output: { name: "answer", type: "category", unit: null },
    classes: TEXTS.map((value) => ({ value, label: value })),
    features: [code],
    example: { code: "02134" },
    expected: { label: "02134", probabilities: oneHot("02134"), value: null },
    onnx: {
      layout: "columns",
      inputs: [{ name: "code", dtype: "string" }],
      outputs: CLASSIFIER,
    },
  },
  logistic: {
    task: "binary",
    output: { name: "class", type: "category", unit: null },
    classes: [1, 2].map((value) => ({ value, label: String(value) })),
    positive: 1,
    risk_bands: [
      { label: "low", below: 0.5 },
      { label: "high", below: null },
    ],
    features: [feature("x")],
    example: { x: 0 },
    expected: { label: 1, probabilities: [0.5, 0.5], value: null },
    onnx: {
      layout: "matrix",
      inputs: [{ name: "features", dtype: "float32" }],
      outputs: CLASSIFIER,
    },
  },
  exponential: {
    task: "regression",
    output: { name: "claims", type: "number", unit: null },
    features: [feature("x")],
    example: { x: 0 },
    expected: { label: null, probabilities: null, value: 1 },
    onnx: {
      layout: "matrix",
      inputs: [{ name: "features", dtype: "float32" }],
      outputs: REGRESSION,
    },
  },
  double: {
    task: "regression",
    output: { name: "sum", type: "number", unit: null },
    features: [feature("a"), feature("b")],
    example: { a: 1, b: 2 },
    expected: { label: null, probabilities: null, value: 3 },
    onnx: {
      layout: "matrix",
      inputs: [{ name: "features", dtype: "float64" }],
      outputs: REGRESSION,
    },
  },
} satisfies Record<string, Metadata>;

/** Name of one of these packages. */
export type GraphName = keyof typeof PACKAGES;

/** The folder of a package, with some of its metadata changed. */
export async function graphPackage(name: GraphName, changes: Metadata = {}): Promise<string> {
  const folder = temporaryFolder();
  const graph = path.join(await (graphs ??= writeGraphs()), `${name}.onnx`);
  const bytes = readFileSync(graph);
  const { onnx, ...rest } = PACKAGES[name];
  const slipway = {
    ...{ format: 1, model: `${name}-model`, title: name, description: null },
    ...{ classes: [], positive: null, risk_bands: [] },
    ...rest,
    onnx: {
      ...{ file: "model.onnx", size: bytes.length },
      sha256: createHash("sha256").update(bytes).digest("hex"),
      ...onnx,
    },
    training: {
      ...{ git_sha: "unknown", data_sha256: "unknown", key: "unknown" },
      ...{ rows: { train: 1, test: 1 }, metrics: {}, libraries: {} },
    },
    ...changes,
  };
  copyFileSync(graph, path.join(folder, "model.onnx"));
  writeFileSync(path.join(folder, "MLmodel"), stringify({ metadata: { slipway } }));
  return folder;
}
