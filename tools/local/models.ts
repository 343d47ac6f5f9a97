import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { Failure, reasonOf } from "../lib/failure.ts";

/** A model that the loop trains and serves. */
export interface Model {
  /** Registered name, e.g. `diabetes-model`. */
  name: string;
  /** Path of its YAML. */
  file: string;
}

/** The training's own rule: logs, URLs and Kubernetes objects are called by this name before it is asked. */
const NAME = /^[a-z]([-a-z0-9]{0,48}[a-z0-9])?$/;

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
  if (asked.length === 0) return unique(known.map(readModel));
  return unique(
    asked.map((wanted) => {
      if (/\.ya?ml$/.test(wanted)) {
        if (existsSync(wanted)) return readModel(wanted);
        throw new Failure(`--model ${wanted}: there is no such file`, 2);
      }
      const stem = known.find((file) => path.parse(file).name === wanted);
      if (stem !== undefined) return readModel(stem);
      const named = known.map(readModel).find(({ name }) => name === wanted);
      if (named !== undefined) return named;
      const names = known.map((file) => path.parse(file).name).join(", ");
      throw new Failure(
        `--model ${wanted}: no such model in ${folder}; choose from ${names}, or give the path of a YAML`,
        2,
      );
    }),
  );
}

function readModel(file: string): Model {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Failure(`${file}: not valid YAML: ${reasonOf(error)}`, 2);
  }
  const name = (content as { name?: unknown } | null)?.name;
  if (typeof name === "string" && NAME.test(name)) return { name, file };
  if (typeof name === "string" && name !== "") {
    throw new Failure(
      `${file}: 'name' (${name}): use up to 50 lower-case letters, digits and hyphens, beginning with a letter, e.g. my-model`,
      2,
    );
  }
  throw new Failure(`${file}: 'name' is missing; give the registered name, e.g. name: my-model`, 2);
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
