import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Failure, reasonOf } from "./failure.ts";
import { modelName } from "../../components/lib/model-file.ts";

/** A model that the loop trains and serves. */
export interface Model {
  /** Registered name, e.g. `diabetes-model`. */
  name: string;
  /** Path of its YAML. */
  file: string;
}

/**
 * The models that were asked for, all of `folder` when none was.
 * @param asked registered names, file stems or paths to a YAML.
 * @throws Failure (exit 2) that names what is there when a name fits nothing, or the file when it is no YAML with a name.
 */
export function findModels(folder: string, asked: string[]): Model[] {
  const known = readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => path.join(folder, file));
  if (asked.length === 0) return unique(known.map(modelAt));
  return unique(
    asked.map((wanted) => {
      if (/\.ya?ml$/.test(wanted)) {
        if (existsSync(wanted)) return modelAt(wanted);
        throw new Failure(`--model ${wanted}: there is no such file`, 2);
      }
      const stem = known.find((file) => path.parse(file).name === wanted);
      if (stem !== undefined) return modelAt(stem);
      const named = known.map(modelAt).find(({ name }) => name === wanted);
      if (named !== undefined) return named;
      const names = known.map((file) => path.parse(file).name).join(", ");
      throw new Failure(
        `--model ${wanted}: no such model in ${folder}; choose from ${names}, or give the path of a YAML`,
        2,
      );
    }),
  );
}

/** The name is held to its rule before training is asked: logs and URLs are called by it. */
function modelAt(file: string): Model {
  try {
    return { name: modelName(readFileSync(file, "utf8"), file), file };
  } catch (error) {
    throw new Failure(reasonOf(error), 2);
  }
}

function unique(models: Model[]): Model[] {
  const files = new Map<string, string>();
  for (const { name, file } of models) {
    const other = files.get(name);
    if (other !== undefined && path.resolve(other) !== path.resolve(file)) {
      throw new Failure(`'name: ${name}' stands in ${other} and in ${file}; give each its own`, 2);
    }
    files.set(name, file);
  }
  return [...files].map(([name, file]) => ({ name, file }));
}
