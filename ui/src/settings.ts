import { readFileSync } from "node:fs";
import { Type, type Static, type TSchema } from "typebox";
import { Compile } from "typebox/compile";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const EXAMPLE = `[{"name":"diabetes-model","url":"http://diabetes-model-api:8000"}]`;

/** A base URL; `readSettings` takes a slash at its end away. */
const UrlSchema = (description: string) =>
  Type.Refine(
    Type.String({ description }),
    (url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol),
  );

/** Where one model's prediction API answers. */
const ModelApiSchema = Type.Object(
  {
    name: Type.String({
      pattern: String.raw`^[^/:\s]{1,250}$`,
      description: "a registered model name, without '/', ':' and spaces",
    }),
    url: UrlSchema("the API's base URL, such as http://diabetes-model-api:8000"),
    docs: Type.Optional(UrlSchema("the address of the API's description for people")),
  },
  { additionalProperties: false, description: "an object with 'name' and 'url'" },
);

/** Every variable that the page's server reads; a description ends the sentence "… must be". */
const EnvironmentSchema = Type.Object({
  PORT: Type.Integer({
    ...{ minimum: 0, maximum: 65_535, default: 8080 },
    description: "a whole number from 0 up to 65535",
  }),
  HOST: Type.String({ default: "0.0.0.0", description: "an address to listen on" }),
  LOG_LEVEL: Type.Enum(LOG_LEVELS, {
    default: "info",
    description: `one of ${LOG_LEVELS.join(", ")}`,
  }),
  API_TIMEOUT_SECONDS: Type.Number({
    ...{ exclusiveMinimum: 0, maximum: 300, default: 10 },
    description: "a number above 0 and up to 300",
  }),
  MODELS: Type.Array(ModelApiSchema, { description: `a JSON list such as ${EXAMPLE}` }),
  PROMETHEUS_URL: Type.Optional(
    UrlSchema("the base URL of the environment's Prometheus, such as http://prometheus:9090"),
  ),
  MLFLOW_TRACKING_URI: Type.Optional(UrlSchema("MLflow's base URL, such as http://mlflow:5000")),
  MLFLOW_TRACKING_USERNAME: Type.Optional(Type.String({ description: "an account of MLflow" })),
  MLFLOW_TRACKING_PASSWORD_FILE: Type.Optional(
    Type.String({ description: "a file that holds the account's password" }),
  ),
  MLFLOW_PEOPLE_URL: Type.Optional(UrlSchema("the address where people open MLflow")),
});

/** Where one model's prediction API answers. */
export type ModelApi = Readonly<Static<typeof ModelApiSchema>>;

/** What the environment says, checked. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly logLevel: string;
  /** How long an API may take to answer, in milliseconds. */
  readonly timeout: number;
  readonly models: readonly ModelApi[];
  /** The environment's own Prometheus, which calls each API by its host's first name; undefined where it has none. */
  readonly prometheus?: string | undefined;
  /** Where models are registered; undefined: the page does not know. */
  readonly mlflow?: MlflowSettings | undefined;
}

/** An MLflow that the page's server asks. */
export interface MlflowSettings {
  readonly url: string;
  /** An account that may read; undefined where MLflow asks for none. */
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  /** Where people open it; undefined where they cannot. */
  readonly people?: string | undefined;
  /** How long one answer may take, in milliseconds. @default 8000 */
  readonly timeout?: number;
}

const environment = Compile(EnvironmentSchema);

/** How the text of a variable becomes its value; the others are texts. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  PORT: Number,
  API_TIMEOUT_SECONDS: Number,
  MODELS: parseJson,
};

/**
 * Settings from environment variables.
 *
 * @throws Error that lists every bad variable with its value and the remedy, one a line.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const given = environment.Default(
    Object.fromEntries(
      Object.keys(EnvironmentSchema.properties)
        // Manifests write "not set" as an empty string.
        .filter((name) => (env[name] ?? "") !== "")
        .map((name) => [name, READERS[name]?.(env[name] ?? "") ?? env[name]]),
    ),
  );
  const problems = environment.Errors(given).flatMap((fault) => sentences(fault, given, env));
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const values = given as Static<typeof EnvironmentSchema>;
  const twice = namedTwice(values.MODELS);
  if (twice.length > 0) throw new Error(twice.join("\n"));
  return {
    port: values.PORT,
    host: values.HOST,
    logLevel: values.LOG_LEVEL,
    timeout: 1000 * values.API_TIMEOUT_SECONDS,
    models: values.MODELS.map(({ url, ...model }) => ({ ...model, url: withoutSlash(url) })),
    ...(values.PROMETHEUS_URL && { prometheus: withoutSlash(values.PROMETHEUS_URL) }),
    ...mlflowOf(values),
  };
}

function mlflowOf(values: Static<typeof EnvironmentSchema>): Pick<Settings, "mlflow"> {
  const { MLFLOW_TRACKING_URI: url, MLFLOW_PEOPLE_URL: people } = values;
  const { MLFLOW_TRACKING_USERNAME: username, MLFLOW_TRACKING_PASSWORD_FILE: file } = values;
  if ((username === undefined) !== (file === undefined)) {
    throw new Error(
      "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD_FILE must be set together",
    );
  }
  if (url === undefined) return {};
  const login = username !== undefined && file !== undefined && { username, password: read(file) };
  return {
    mlflow: {
      url: withoutSlash(url),
      ...(login && { login }),
      ...(people !== undefined && { people: withoutSlash(people) }),
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `MLFLOW_TRACKING_PASSWORD_FILE ('${file}') cannot be read: ${reason}`;
    throw new Error(message, { cause });
  }
}

const withoutSlash = (url: string) => url.replace(/\/+$/, "");

type Fault = ReturnType<typeof environment.Errors>[number];

/** One sentence a fault: variable, value as it was written, and what would be right. */
function sentences(fault: Fault, given: unknown, env: NodeJS.ProcessEnv): string[] {
  const { keyword, params, schemaPath, instancePath } = fault;
  const path = written(instancePath);
  if (keyword === "required") {
    return params.requiredProperties.map((key) => {
      const rule = ruleAt(`${schemaPath}/properties/${key}`);
      return `${written(`${instancePath}/${key}`)} is not set; it must be ${rule}`;
    });
  }
  if (keyword === "additionalProperties") {
    return params.additionalProperties.map(
      (key) => `${path}.${key} is unknown; a model has 'name', 'url' and maybe 'docs'`,
    );
  }
  // An unknown key is reported twice: once as such, once as a value that may not be.
  if (keyword === "boolean") return [];
  const text = env[path];
  const value = text === undefined ? JSON.stringify(at(given, instancePath)) : `'${text}'`;
  return [`${path} (${value}) must be ${ruleAt(schemaPath)}`];
}

/** What a value must be, in the words of its schema. */
function ruleAt(schemaPath: string): string {
  const { description = "another value" } = at(
    EnvironmentSchema,
    schemaPath.slice(1),
  ) as TSchema & {
    description?: string;
  };
  return description;
}

/** What an RFC 6901 pointer leads to; no key here holds a slash. */
function at(value: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce((inner, key) => (Object(inner) as Record<string, unknown>)[key], value);
}

/** `/MODELS/0/name` as people write it: `MODELS[0].name`. */
function written(pointer: string): string {
  return pointer
    .slice(1)
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
}

function namedTwice(models: readonly ModelApi[]): string[] {
  return models.flatMap(({ name }, index) =>
    models.findIndex((other) => other.name === name) < index
      ? [`MODELS[${index}].name ('${name}') is listed twice; give each model once`]
      : [],
  );
}

/** Text that is no JSON stays text, which is no list. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
