import { isText, numberType, type Feature, type ModelPackage, type NumberType } from "./package.ts";

/** What the schema cannot say: the parts of a package must fit each other. Returns every fault. */
export function packageFaults(pack: ModelPackage): string[] {
  return [
    ...outputFaults(pack),
    ...bandFaults(pack),
    ...decisionFaults(pack),
    ...featureFaults(pack),
    ...graphFaults(pack),
  ];
}

function outputFaults({ task, output, classes, positive, expected }: ModelPackage): string[] {
  const faults: string[] = [];
  if (task === "regression") {
    if (classes.length > 0) faults.push("/classes must be empty for a regression");
    if (output.type !== "number") faults.push("/output/type must be number for a regression");
    if (expected.value === null) faults.push("/expected/value is missing");
    return faults;
  }
  if (output.type === "number") faults.push(`/output/type must not be number for ${task}`);
  if (output.type === "boolean" && task !== "binary") {
    faults.push("/output/type boolean needs the task binary");
  }
  const wanted = task === "binary" ? classes.length === 2 : classes.length > 2;
  if (!wanted) faults.push(`/classes has ${classes.length} entries, which does not fit ${task}`);
  if (new Set(classes.map(({ value }) => value)).size < classes.length) {
    faults.push("/classes has a value twice");
  }
  for (const [i, { value, label }] of classes.entries()) {
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      faults.push(
        `/classes/${i} (${label}) is a whole number beyond 2^53, which JSON cannot give exactly: ` +
          "train the model again, so that the class is text",
      );
    }
  }
  if (task === "binary" && (positive === null || positive >= classes.length)) {
    faults.push("/positive must be the index of a class");
  }
  if (expected.probabilities?.length !== classes.length) {
    faults.push("/expected/probabilities needs one number a class");
  }
  return faults;
}

function bandFaults({ task, risk_bands: bands }: ModelPackage): string[] {
  if (bands.length === 0) return [];
  if (task !== "binary") return ["/risk_bands needs the task binary"];
  const limits = bands.map(({ below }) => below ?? Infinity);
  const ascending = limits.every((limit, i) => i === 0 || limit > (limits[i - 1] ?? Infinity));
  const open = bands.at(-1)?.below === null;
  return ascending && open ? [] : ["/risk_bands must ascend and end with below: null"];
}

function decisionFaults(pack: ModelPackage): string[] {
  const { task, interval, threshold, positive, classes, expected } = pack;
  if (interval !== undefined && task !== "regression") return ["/interval needs a regression"];
  if (threshold === undefined) return [];
  if (task !== "binary") return ["/threshold needs the task binary"];
  // The graph decides, in float32; what people are told must be the same.
  const index = positive ?? -1;
  const reached = (expected.probabilities?.[index] ?? NaN) >= Math.fround(threshold);
  return reached === (expected.label === classes[index]?.value)
    ? []
    : [`/threshold (${threshold}) does not fit the label of /expected`];
}

function featureFaults({ features, example }: ModelPackage): string[] {
  const names = new Set(features.map(({ name }) => name));
  const faults = features.flatMap((feature, i) =>
    oneFeatureFaults(feature).map((fault) => `/features/${i} (${feature.name}) ${fault}`),
  );
  if (names.size < features.length) faults.push("/features has a name twice");
  for (const name of Object.keys(example)) {
    if (!names.has(name)) faults.push(`/example has ${name}, which is not a feature`);
  }
  return faults;
}

function oneFeatureFaults(feature: Feature): string[] {
  const { type, range, categories, histogram, max_length, datetime } = feature;
  const faults: string[] = [];
  if ((type === "category") !== (categories !== null)) {
    faults.push("must have categories exactly when its type is category");
  }
  if ((type === "text") !== (max_length !== undefined)) {
    faults.push("must have max_length exactly when its type is text");
  }
  if ((type === "datetime") !== (datetime !== undefined)) {
    faults.push("must have datetime exactly when its type is datetime");
  }
  if ((isText(feature) || type === "datetime") && range !== null)
    faults.push(`is a ${type} and cannot have a range`);
  if (range !== null && (range.min ?? -Infinity) > (range.max ?? Infinity)) {
    faults.push("has a range whose min exceeds its max");
  }
  if ("categories" in histogram !== (type === "category")) {
    faults.push(`has a histogram that does not fit the type ${type}`);
  } else if ("categories" in histogram) {
    if (histogram.counts.length !== histogram.categories.length) {
      faults.push("needs one histogram count a category");
    }
  } else {
    const { edges, counts } = histogram;
    if (counts.length !== edges.length + 1) faults.push("needs one histogram count a bin");
    if (edges.some((edge, i) => i > 0 && edge <= (edges[i - 1] ?? -Infinity))) {
      faults.push("has histogram edges that do not ascend");
    }
  }
  return faults;
}

function graphFaults(pack: ModelPackage): string[] {
  const { task, features, onnx } = pack;
  const { layout, inputs, outputs } = onnx;
  const faults: string[] = [];
  if (layout === "matrix") {
    if (inputs.length !== 1 || inputs[0]?.dtype === "string") {
      faults.push("/onnx/inputs must be one input of numbers for the layout matrix");
    }
    if (features.some((feature) => isText(feature) || feature.type === "datetime")) {
      faults.push("/onnx/layout must be columns where a feature is a category, text or datetime");
    }
  } else {
    const numbers = numberType(pack);
    const wanted = features.map((feature) => `${feature.name}:${dtype(feature, numbers)}`);
    if (inputs.map(({ name, dtype }) => `${name}:${dtype}`).join("\n") !== wanted.join("\n")) {
      faults.push(`/onnx/inputs must be ${wanted.join(", ")}`);
    }
  }
  if (numberType(pack) !== "float64" && features.some(({ type }) => type === "datetime")) {
    faults.push("/onnx/inputs must be float64 where a feature is a datetime");
  }
  if (task === "regression" ? outputs.value === null : outputs.label === null) {
    faults.push(`/onnx/outputs lacks the output of a ${task} model`);
  }
  if (task !== "regression" && outputs.probabilities === null) {
    faults.push("/onnx/outputs/probabilities is missing");
  }
  return faults;
}

function dtype(feature: Feature, numbers: NumberType): NumberType | "string" {
  return isText(feature) ? "string" : numbers;
}
