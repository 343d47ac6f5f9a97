import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";

/** A model as the platform sees it; everything else in its YAML is for training alone. */
export interface ModelFile {
  /** Registered model name, e.g. `diabetes-model`; also names its Kubernetes objects. */
  name: string;
  /** File name, e.g. `diabetes.yaml`. */
  file: string;
  /** The YAML as written. */
  content: string;
}

/** Folder of the model YAMLs, relative to the repository. */
export const MODELS = "training/models";

/**
 * Reads `training/models/<file>` of the repository at `root`.
 *
 * @throws when the file is missing or its `name` cannot be part of a Kubernetes name.
 */
export function readModel(root: string, file: string): ModelFile {
  const path = join(root, MODELS, basename(file));
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`'${MODELS}/${file}' cannot be read: add the file or correct its name`, {
      cause,
    });
  }
  const document: unknown = parse(content);
  const name =
    typeof document === "object" && document !== null && "name" in document
      ? document.name
      : undefined;
  // 63 characters hold the longest name that is derived from it: <name>-training-<8 digits>.
  if (typeof name !== "string" || !/^[a-z]([a-z0-9-]{0,42}[a-z0-9])?$/.test(name)) {
    throw new Error(
      `'name' (${JSON.stringify(name)}) of ${MODELS}/${file} must be 1 to 44 lowercase letters, digits and dashes, ` +
        "starting with a letter, because it names Kubernetes objects",
    );
  }
  return { name, file: basename(file), content };
}
