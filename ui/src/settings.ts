/** Where one model's prediction API answers. */
export interface ModelApi {
  name: string;
  /** Base URL without a trailing slash. */
  url: string;
}

/** What the environment says, checked. */
export interface Settings {
  port: number;
  host: string;
  logLevel: string;
  /** How long an API may take to answer, in milliseconds. */
  timeout: number;
  models: readonly ModelApi[];
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const MODELS_EXAMPLE = `[{"name":"diabetes-model","url":"http://diabetes-model-api:8000"}]`;

/**
 * Settings from environment variables.
 *
 * @throws Error that lists every bad variable with its value and the remedy, one a line.
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  // Manifests write "not set" as an empty string.
  const env = Object.fromEntries(Object.entries(environment).filter(([, text]) => text !== ""));
  const problems: string[] = [];
  const settings: Settings = {
    port: number(env, "PORT", { fallback: 8080, max: 65_535, whole: true }, problems),
    host: env["HOST"] ?? "0.0.0.0",
    logLevel: env["LOG_LEVEL"] ?? "info",
    timeout: 1000 * number(env, "API_TIMEOUT_SECONDS", { fallback: 10, max: 300 }, problems),
    models: models(env["MODELS"], problems),
  };
  if (!LOG_LEVELS.includes(settings.logLevel)) {
    problems.push(`LOG_LEVEL ('${settings.logLevel}') must be one of ${LOG_LEVELS.join(", ")}`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return settings;
}

function number(
  env: Record<string, string | undefined>,
  key: string,
  rule: { fallback: number; max: number; whole?: boolean },
  problems: string[],
): number {
  const text = env[key];
  if (text === undefined) return rule.fallback;
  const value = Number(text);
  const fits = rule.whole ? Number.isInteger(value) && value >= 0 : value > 0;
  if (!fits || value > rule.max) {
    const kind = rule.whole ? "a whole number from 0" : "a number above 0 and";
    problems.push(`${key} ('${text}') must be ${kind} up to ${rule.max}`);
  }
  return value;
}

function models(text: string | undefined, problems: string[]): ModelApi[] {
  if (text === undefined) {
    problems.push(`MODELS is not set; write a JSON list such as ${MODELS_EXAMPLE}`);
    return [];
  }
  const list = parseJson(text);
  if (!Array.isArray(list)) {
    problems.push(`MODELS ('${text}') must be a JSON list such as ${MODELS_EXAMPLE}`);
    return [];
  }
  const found = list.map((item: unknown, index) => model(item, `MODELS[${index}]`, problems));
  for (const [index, { name }] of found.entries()) {
    if (name !== "" && found.findIndex((other) => other.name === name) < index) {
      problems.push(`MODELS[${index}].name ('${name}') is listed twice; give each model once`);
    }
  }
  return found;
}

function model(item: unknown, path: string, problems: string[]): ModelApi {
  const { name, url, ...rest } = Object(item) as Record<string, unknown>;
  for (const key of Object.keys(rest)) {
    problems.push(`${path}.${key} is unknown; a model has 'name' and 'url'`);
  }
  const goodName = typeof name === "string" && /^[^/:\s]{1,250}$/.test(name);
  if (!goodName) {
    const rule = "must be a registered model name, without '/', ':' and spaces";
    problems.push(`${path}.name (${JSON.stringify(name)}) ${rule}`);
  }
  const goodUrl = typeof url === "string" && /^https?:$/.test(protocol(url));
  if (!goodUrl) {
    const rule = "must be the API's base URL, such as http://diabetes-model-api:8000";
    problems.push(`${path}.url (${JSON.stringify(url)}) ${rule}`);
  }
  return { name: goodName ? name : "", url: goodUrl ? url.replace(/\/+$/, "") : "" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function protocol(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
