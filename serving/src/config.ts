import { readFileSync } from "node:fs";

import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";

import { captureSettings, type CaptureSettings } from "./capture/settings.ts";
import { oidcSettings, type OidcSettings } from "./auth/settings.ts";
import { parsePublicKeys } from "./model/signature.ts";
import { parseModelUri, type ModelReference } from "./registry/model-uri.ts";

const count = (fallback: number, description: string, maximum = 1e9) =>
  Type.Integer({ minimum: 1, maximum, default: fallback, description });
const seconds = (fallback: number, description: string, minimum = 0.1) =>
  Type.Number({ minimum, maximum: 86_400, default: fallback, description });

/** Every variable the server reads, with its default; the README's table comes from here. */
export const EnvironmentSchema = Type.Object({
  MODEL_URI: Type.String({
    description: "models:/NAME@ALIAS, models:/NAME/VERSION, or the folder of a model package",
  }),
  MLFLOW_TRACKING_URI: Type.Optional(
    Type.String({ pattern: "^https?://", description: "MLflow server; needed for models:/…" }),
  ),
  MLFLOW_TRACKING_USERNAME: Type.Optional(Type.String({ description: "MLflow basic auth" })),
  MLFLOW_TRACKING_PASSWORD: Type.Optional(Type.String({ description: "MLflow basic auth" })),
  MLFLOW_TRACKING_PASSWORD_FILE: Type.Optional(
    Type.String({ description: "file that holds the password, instead of the variable" }),
  ),
  HOST: Type.String({ default: "0.0.0.0", description: "address to listen on" }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 8000, description: "0: any free" }),
  LOG_LEVEL: Type.Enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
    default: "info",
    description: "least severe level that is logged",
  }),
  MODEL_POLL_SECONDS: seconds(5, "how often the alias is looked up"),
  MODEL_CACHE_DIR: Type.Optional(
    Type.String({
      description: "folder that keeps the last good package, for a start without the registry",
    }),
  ),
  MODEL_PUBLIC_KEYS: Type.Optional(
    Type.String({
      description: "public keys of which one must have signed a version; not set: none need be",
    }),
  ),
  OIDC_ISSUER: Type.Optional(
    Type.String({ pattern: "^https?://", description: "token issuer; set: tokens are required" }),
  ),
  OIDC_AUDIENCE: Type.Optional(Type.String({ minLength: 1, description: "audience of tokens" })),
  OIDC_REQUIRED_SCOPE: Type.Optional(
    Type.String({ description: "scopes, space separated, that every token must carry" }),
  ),
  CAPTURE_URL: Type.Optional(
    Type.String({
      description:
        "s3://BUCKET/PREFIX or file:///FOLDER that predictions are kept in; not set: none",
    }),
  ),
  CAPTURE_ACCOUNT: Type.Optional(
    Type.String({
      description:
        "folder with the files `username` and `password`: access key and secret key of S3, instead of variables",
    }),
  ),
  CAPTURE_RATE: Type.Number({
    exclusiveMinimum: 0,
    minimum: 0,
    maximum: 1,
    default: 1,
    description: "share of the requests that are kept",
  }),
  CAPTURE_DROP: Type.Optional(
    Type.String({ description: 'features that are not kept, as JSON: `["age"]`' }),
  ),
  CAPTURE_SECONDS: seconds(60, "how long predictions wait at most until they are stored"),
  CAPTURE_BYTES: count(
    16 * 1_048_576,
    "bytes of predictions that may wait for the store, beyond which they are shed",
  ),
  MAX_BODY_BYTES: count(1_048_576, "longest request body"),
  MAX_ROWS: count(10_000, "most rows in one request"),
  MAX_EXPLAINED_ROWS: count(4_096, "rows that one explanation may have scored"),
  MAX_DEPTH: count(20, "deepest nesting of a JSON body", 500),
  MAX_MODEL_BYTES: count(256 * 1_048_576, "largest model file"),
  REQUEST_SECONDS: seconds(30, "longest time to receive a whole request"),
  HEADERS_SECONDS: seconds(10, "longest time to receive a request's headers"),
  MAX_QUEUED_ROWS: count(50_000, "rows waiting for the model above which requests are shed"),
  MAX_PENDING_BYTES: count(
    16 * 1_048_576,
    "bytes of bodies being read or answered above which all but one request are shed",
  ),
  MAX_EVENT_LOOP_DELAY_MS: count(1_000, "event-loop delay above which requests are shed"),
  DRAIN_SECONDS: Type.Number({
    minimum: 0,
    maximum: 3600,
    default: 5,
    description: "how long SIGTERM leaves load balancers to notice before listening ends",
  }),
});

type Environment = Static<typeof EnvironmentSchema>;

/** Basic-auth credentials. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The whole configuration of one server process. */
export interface Config {
  readonly model: ModelReference;
  /** MLflow's base URL without a trailing slash; undefined when the model is a folder. */
  readonly trackingUri?: string;
  readonly credentials?: Credentials;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly pollSeconds: number;
  /** Where the last good package is kept; undefined: nowhere. */
  readonly cacheFolder?: string;
  /** Of which one must have signed a version; empty: none need be. */
  readonly publicKeys: readonly string[];
  /** Undefined: prediction routes are open. */
  readonly oidc?: OidcSettings;
  /** Undefined: predictions are not kept. */
  readonly capture?: CaptureSettings;
  readonly limits: Limits;
  readonly drainSeconds: number;
}

/** What a request or a model file may cost at most. */
export interface Limits {
  readonly bodyBytes: number;
  readonly rows: number;
  /** Of an explanation; the fewest that it needs are scored nevertheless. */
  readonly explainedRows: number;
  readonly depth: number;
  readonly modelBytes: number;
  readonly requestSeconds: number;
  readonly headersSeconds: number;
  readonly queuedRows: number;
  readonly pendingBytes: number;
  readonly eventLoopDelayMs: number;
}

/** The environment cannot be used; the message lists every problem by variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const environment = Compile(EnvironmentSchema);
const numeric = new Set(
  Object.entries(EnvironmentSchema.properties)
    .filter(([, schema]) => "minimum" in schema)
    .map(([name]) => name),
);

/** Reads and checks the environment. Throws ConfigError with all problems at once. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = environment.Default(
    Object.fromEntries(
      Object.keys(EnvironmentSchema.properties)
        // Compose files and manifests write "not set" as an empty string.
        .filter((name) => (env[name] ?? "") !== "")
        .map((name) => [name, numeric.has(name) ? Number(env[name]) : env[name]]),
    ),
  );
  const problems = environment
    .Errors(given)
    .filter(({ keyword }) => keyword !== "required")
    .map(({ instancePath, message }) => {
      const name = instancePath.slice(1);
      return `${name}=${env[name] ?? ""} ${message}`;
    });
  const values = given as Environment;
  const model = attempt(problems, () => modelReference(values));
  const credentials = attempt(problems, () => readCredentials(values));
  const publicKeys = attempt(problems, () =>
    values.MODEL_PUBLIC_KEYS === undefined ? [] : parsePublicKeys(values.MODEL_PUBLIC_KEYS),
  );
  const oidc = attempt(problems, () => oidcSettings(values));
  const capture = attempt(problems, () => captureSettings(values, env));
  if (problems.length > 0 || model === undefined) {
    throw new ConfigError(`The environment has ${problems.length} problem(s):\n${list(problems)}`);
  }
  return {
    model,
    ...(values.MLFLOW_TRACKING_URI !== undefined && {
      trackingUri: values.MLFLOW_TRACKING_URI.replace(/\/+$/, ""),
    }),
    ...(credentials && { credentials }),
    ...(values.MODEL_CACHE_DIR !== undefined && { cacheFolder: values.MODEL_CACHE_DIR }),
    publicKeys: publicKeys ?? [],
    ...(oidc && { oidc }),
    ...(capture && { capture }),
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    pollSeconds: values.MODEL_POLL_SECONDS,
    drainSeconds: values.DRAIN_SECONDS,
    limits: {
      bodyBytes: values.MAX_BODY_BYTES,
      rows: values.MAX_ROWS,
      explainedRows: values.MAX_EXPLAINED_ROWS,
      depth: values.MAX_DEPTH,
      modelBytes: values.MAX_MODEL_BYTES,
      requestSeconds: values.REQUEST_SECONDS,
      headersSeconds: values.HEADERS_SECONDS,
      queuedRows: values.MAX_QUEUED_ROWS,
      pendingBytes: values.MAX_PENDING_BYTES,
      eventLoopDelayMs: values.MAX_EVENT_LOOP_DELAY_MS,
    },
  };
}

function attempt<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    problems.push((error as Error).message);
    return undefined;
  }
}

function modelReference(values: Environment): ModelReference {
  const uri = (values as Partial<Environment>).MODEL_URI;
  if (uri === undefined) {
    throw new ConfigError("MODEL_URI is not set: give e.g. models:/diabetes-model@champion");
  }
  const model = parseModelUri(uri);
  if (model.kind !== "folder" && values.MLFLOW_TRACKING_URI === undefined) {
    throw new ConfigError(`MLFLOW_TRACKING_URI is not set, but MODEL_URI=${uri} needs a registry`);
  }
  return model;
}

function readCredentials(values: Environment): Credentials | undefined {
  const file = values.MLFLOW_TRACKING_PASSWORD_FILE;
  const username = values.MLFLOW_TRACKING_USERNAME;
  if (file !== undefined && values.MLFLOW_TRACKING_PASSWORD !== undefined) {
    throw new ConfigError(
      "MLFLOW_TRACKING_PASSWORD and MLFLOW_TRACKING_PASSWORD_FILE are both set: keep one",
    );
  }
  const password =
    file === undefined ? values.MLFLOW_TRACKING_PASSWORD : readFileSync(file, "utf8").trim();
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) {
    throw new ConfigError("MLFLOW_TRACKING_USERNAME and …_PASSWORD must be set together");
  }
  return { username, password };
}

function list(problems: readonly string[]): string {
  return problems.map((problem) => `  - ${problem}`).join("\n");
}
