import { readFileSync } from "node:fs";
import { basename, isAbsolute, join, normalize } from "node:path";
import { parse, parseDocument } from "yaml";
import { MODEL_NAME, MODEL_NAME_RULE } from "../well-known.ts";

/** A model as the platform sees it; everything else in its YAML is for training alone. */
export interface ModelFile {
  /** Registered model name, e.g. `diabetes-model`; also names its Kubernetes objects. */
  name: string;
  /** File name, e.g. `diabetes.yaml`. */
  file: string;
  /** The YAML as written. */
  content: string;
  /** The CSV file that its `data.source` names; none where the data come from elsewhere. */
  data?: DataFile;
  /** The Python file that its `pipeline` names; none where it names a class, or nothing. */
  pipeline?: DataFile;
}

/** A file beside the YAML that a training Job is given with it. */
export interface DataFile {
  /** Path relative to the YAML, e.g. `customers.csv`. */
  path: string;
  content: Buffer;
}

/** Folder of the model YAMLs, relative to the repository. */
export const MODELS = "training/models";

/** Where model YAMLs lie, and the files that they name. */
export interface ModelFolder {
  path: string;
  /** How messages name it. */
  shown: string;
}

/** The folder of the repository at `root`. */
export function modelsIn(root: string): ModelFolder {
  return { path: join(root, MODELS), shown: MODELS };
}

/** The address in a YAML's `data.source`, e.g. `https://example.com/wine.csv` or `s3://team/wine.csv`; none where its data lie elsewhere. */
export function remoteSource(yaml: string): string | undefined {
  const source = (parse(yaml) as { data?: { source?: unknown } } | null)?.data?.source;
  const remote = /^(https?|s3|gs|postgres(ql)?):\/\//;
  return typeof source === "string" && remote.test(source) ? source : undefined;
}

/** Name of the Secret with the account of a YAML's `data.source`; none where it names none. */
export function sourceCredentials(yaml: string): string | undefined {
  const { data } = (parse(yaml) ?? {}) as { data?: { credentials?: unknown } };
  return typeof data?.credentials === "string" ? data.credentials : undefined;
}

/** What a YAML's `retrain.when` takes for a reason to train, e.g. `["drift"]`; none where it says nothing. */
export function retrainsWhen(yaml: string): string[] | undefined {
  const { retrain } = (parse(yaml) ?? {}) as { retrain?: { when?: unknown } };
  const reasons = retrain?.when;
  return typeof reasons === "object" && reasons !== null ? Object.keys(reasons) : undefined;
}

/** An account in an address. */
const ACCOUNT = /\/\/[^/]*@/;

/** The `data.source` of a YAML that is read anew by each training, or a snapshot of such a one; none where its data stay. */
export function changingSource(yaml: string): string | undefined {
  const { data } = (parse(yaml) ?? {}) as { data?: { source?: unknown; sha256?: unknown } };
  const source = data?.source;
  if (typeof source !== "string") return undefined;
  const unpinned = data?.sha256 === undefined && /^(https?|s3):\/\//.test(source);
  if (!unpinned && !/^((postgres(ql)?|gs):\/\/|(file|snapshot):)/.test(source)) return undefined;
  return source.replace(ACCOUNT, "//…@");
}

/** Bytes of all files that a Job can be given: a ConfigMap holds 1 MiB, and the YAML is in it too. */
const MOST_DATA = 1000 * 1024;
const SCHEME = "csv:";
const PIPELINE = /^([A-Za-z_]\w*):[A-Za-z_]\w*$/;

/** Paths, relative to the YAML, of the files that it names; training says what is wrong with other values. */
export function filesNamedIn(yaml: string): { data?: string; pipeline?: string } {
  const { data, pipeline } = (parse(yaml) ?? {}) as {
    data?: { source?: unknown };
    pipeline?: unknown;
  };
  const source = data?.source;
  const module = typeof pipeline === "string" ? PIPELINE.exec(pipeline)?.[1] : undefined;
  return {
    ...(typeof source === "string" && source.startsWith(SCHEME)
      ? { data: normalize(source.slice(SCHEME.length)) }
      : {}),
    ...(module === undefined ? {} : { pipeline: `${module}.py` }),
  };
}

/**
 * Reads a model YAML, and the CSV and Python files that it names.
 *
 * @throws when the file is missing, its `name` cannot be part of a Kubernetes name, or a file that it names cannot
 * be given to a Job.
 */
export function readModel(folder: ModelFolder, file: string): ModelFile {
  const shown = `${folder.shown}/${file}`;
  let content: string;
  try {
    content = readFileSync(join(folder.path, basename(file)), "utf8");
  } catch (cause) {
    throw new Error(`'${shown}' cannot be read: add the file or correct its name`, { cause });
  }
  const name = modelName(content, shown);
  const address = remoteSource(content);
  if (address !== undefined && ACCOUNT.test(address)) {
    throw new Error(
      `'data.source' (${address.replace(ACCOUNT, "//…@")}) of ${shown} has an account in it, which would stand in git, ` +
        "in a ConfigMap and in MLflow: put the account into a Secret and name that in 'data.credentials'",
    );
  }
  const changing = changingSource(content);
  if (changing?.startsWith("file:")) {
    throw new Error(
      `'data.source' (${changing}) of ${shown} is of this machine, which no pod can read: ` +
        "train it by `npm start`, or put the files into an object store and name that",
    );
  }
  const named = filesNamedIn(content);
  const model: ModelFile = { name, file: basename(file), content };
  if (named.pipeline !== undefined) {
    const stated = `'pipeline' (${named.pipeline})`;
    model.pipeline = readData(folder, model.file, stated, named.pipeline, MOST_DATA);
  }
  if (named.data !== undefined) {
    const stated = `'data.source' (${SCHEME}${named.data})`;
    const room = MOST_DATA - (model.pipeline?.content.length ?? 0);
    model.data = readData(folder, model.file, stated, named.data, room);
  }
  return model;
}

/**
 * Registered name in a model's YAML.
 *
 * @param file where the YAML is from, for the message.
 * @throws when it is no YAML, or its `name` is missing or not of the form that every place takes.
 */
export function modelName(yaml: string, file: string): string {
  const document = parseDocument(yaml);
  const [error] = document.errors;
  if (error) throw new Error(`${file}: not valid YAML: ${error.message}`);
  const { name } = (document.toJS() ?? {}) as { name?: unknown };
  if (name === undefined || name === null || name === "") {
    throw new Error(`${file}: 'name' is missing; give the registered name, e.g. name: my-model`);
  }
  if (typeof name === "string" && MODEL_NAME.test(name)) return name;
  const shown = typeof name === "string" ? name : JSON.stringify(name);
  throw new Error(`${file}: 'name' (${shown}): use ${MODEL_NAME_RULE}, e.g. my-model`);
}

function readData(
  { path: folder, shown }: ModelFolder,
  file: string,
  stated: string,
  path: string,
  room: number,
): DataFile {
  const refused = (why: string) => new Error(`${stated} of ${shown}/${file} ${why}`);
  if (isAbsolute(path) || path.startsWith("..")) {
    throw refused(
      `lies outside of ${shown}, which is all that a training Job is given: put it there`,
    );
  }
  let content: Buffer;
  try {
    content = readFileSync(join(folder, path));
  } catch {
    throw refused(
      `cannot be read: add ${shown}/${path} or correct the path, which is relative to the YAML`,
    );
  }
  if (content.length > room) {
    throw refused(
      `has ${Math.ceil(content.length / 1024)} KiB, and a training Job is given at most ${Math.floor(room / 1024)} KiB: ` +
        "put the file at an https:// address and name that, with its sha256",
    );
  }
  return { path, content };
}
