import { GatewayError, reach } from "./gateway.ts";
import type { ModelApi } from "./settings.ts";
import type { ModelStatus } from "./status.ts";

/** An answer to hand on as it came: status, the headers that matter, and the JSON text. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const HEALTH_TIMEOUT = 2000;
const HANDED_ON = ["content-type", "retry-after", "www-authenticate", "x-request-id"];

/**
 * Asks an API for its health; never throws, and answers within two seconds.
 *
 * @param mayStart whether it is starting, not down, where nothing answers at its address
 */
export async function modelStatus(
  api: ModelApi,
  timeout: number,
  mayStart: boolean,
): Promise<ModelStatus> {
  const { name } = api;
  try {
    const { status, body } = await ask(api, "/health", {}, Math.min(timeout, HEALTH_TIMEOUT));
    const health = JSON.parse(body) as Health | null;
    const version = health?.model?.version ?? null;
    const { problem, fallback } = health?.registry ?? {};
    const why = problem === undefined ? "" : ` ${problem}`;
    if (status === 200 && health?.model_loaded) {
      const instead = fallback === undefined ? "" : ` It serves ${fallback} instead.`;
      return { name, status: "healthy", version, detail: `${why}${instead}`.trim() || null };
    }
    const detail =
      status === 200
        ? `The API runs but has no model loaded yet.${why}`
        : `Health answered ${status}.${why}`;
    return { name, status: "not ready", version, detail };
  } catch (error) {
    const detail = error instanceof GatewayError ? error.message : "Health is not JSON.";
    const starting = mayStart && error instanceof GatewayError && error.nobody;
    return { name, status: starting ? "starting" : "unreachable", version: null, detail };
  }
}

/** The part of an API's `/health` that this page reads. */
interface Health {
  model_loaded?: boolean;
  model?: { version?: string } | null;
  registry?: { problem?: string; fallback?: string };
}

/**
 * Sends one request to an API.
 *
 * @param timeout milliseconds until the whole answer must be there
 * @throws GatewayError when it cannot be reached (502), is too slow (504) or answers something
 *   that is not JSON (502), which must not reach a browser under this page's origin.
 */
export async function ask(
  api: ModelApi,
  path: string,
  request: { method?: string; headers?: Record<string, string>; body?: string },
  timeout: number,
): Promise<Answer> {
  const who = `The API of ${api.name}`;
  return reach(who, api.url + path, request, timeout, async (response) => {
    const type = response.headers.get("content-type") ?? "nothing";
    if (!/^application\/(\w+\+)?json\b/.test(type)) {
      const what = `status ${response.status}, content type '${type}'`;
      throw new GatewayError(502, `${who} answered no JSON (${what}).`);
    }
    const headers: Record<string, string> = {};
    for (const name of HANDED_ON) {
      const value = response.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    return { status: response.status, headers, body: await response.text() };
  });
}
