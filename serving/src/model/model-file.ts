import { Compile } from "typebox/compile";
import { parse as parseYaml } from "yaml";

import { PackageError } from "./package-error.ts";
import { packageFaults } from "./package-rules.ts";
import { PackageSchema, type ModelPackage } from "./package.ts";

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
