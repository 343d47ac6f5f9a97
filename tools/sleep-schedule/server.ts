import { createHash, timingSafeEqual } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { Failure, reasonOf } from "../lib/failure.ts";
import type { State } from "./schedule.ts";

/** What the server asks of the schedule. */
export interface Asked {
  readonly wakesOnRequest: boolean;
  state(): Promise<State>;
  ask(want: "asleep" | "awake", why: string): Promise<void>;
}

/** An answer; an object is sent as JSON. */
interface Answer {
  status: number;
  body: object | string;
  headers?: Record<string, string>;
}

/**
 * `GET /environment` says how it is, `POST /environment/sleep` and `/environment/wake` ask for it with the token (RFC 6750). Everything else is a request
 * to what sleeps: 503 with `Retry-After` (RFC 9110, 10.2.3), and it wakes the environment where the stack says so.
 *
 * @param token of people and Jobs that may put it to sleep and wake it.
 */
export function scheduleServer(schedule: Asked, token: string): Server {
  return createServer((request, response) => {
    // Nothing that is sent here is of interest.
    request.resume();
    answerTo(request, schedule, token)
      .catch((error: unknown): Answer => {
        const detail = reasonOf(error);
        return problem(error instanceof Failure ? 502 : 500, "Not known just now", detail);
      })
      .then((answer) => {
        send(request, response, answer);
      })
      .catch(() => response.destroy());
  });
}

async function answerTo(
  { method = "GET", url = "/", headers }: IncomingMessage,
  schedule: Asked,
  token: string,
): Promise<Answer> {
  const [path = "/"] = url.split("?");
  if (path === "/environment/health") return { status: 200, body: { status: "ok" } };
  if (path === "/environment/metrics") return metrics(await schedule.state());
  if (path === "/environment") return { status: 200, body: await schedule.state() };
  const want = /^\/environment\/(sleep|wake)$/.exec(path)?.[1];
  if (want === undefined) return resting(method, headers.accept ?? "", path, schedule);
  if (method !== "POST") {
    return problem(405, "Method not allowed", `ask with POST ${path}`, { allow: "POST" });
  }
  if (!holds(headers.authorization, token)) {
    const detail =
      "send 'Authorization: Bearer …' with the password of the Secret sleep-schedule-token";
    return problem(401, "Unauthorized", detail, { "www-authenticate": "Bearer" });
  }
  try {
    await schedule.ask(want === "wake" ? "awake" : "asleep", "asked for by token");
  } catch (error) {
    return problem(409, "At work", reasonOf(error));
  }
  return { status: 202, body: await schedule.state() };
}

/** Compares hashes, so that the time that it takes says nothing of the token. */
function holds(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}

/** The answer to a caller of what sleeps. Probes and scrapes wake nothing; a prediction does, or a person who opens the page. */
async function resting(
  method: string,
  accept: string,
  path: string,
  schedule: Asked,
): Promise<Answer> {
  const person = method === "GET" && accept.includes("text/html");
  const wakes = schedule.wakesOnRequest && (method === "POST" || person);
  const before = await schedule.state();
  const asks = wakes && (before.state === "asleep" || before.state === "falling asleep");
  if (asks) await schedule.ask("awake", `a request for ${path.slice(0, 80)}`);
  const state = asks ? await schedule.state() : before;
  const headers = { "retry-after": String(state.retryAfter), "cache-control": "no-store" };
  if (person) return { status: 503, body: pageFor(state), headers };
  return problem(503, "Asleep", inWords(state), headers);
}

/** E.g. `slipway-dev sleeps; it is being woken, try again in 40 s`. */
function inWords({ environment, state, retryAfter, next }: State): string {
  if (state === "waking") {
    return `${environment} sleeps; it is being woken, try again in ${retryAfter} s`;
  }
  if (state === "awake") return `${environment} is awake; try again`;
  const wakes = next.wake === undefined ? "" : ` until ${next.wake}`;
  return `${environment} sleeps${wakes}; POST /environment/wake on the Service sleep-schedule wakes it, or npm run wake`;
}

function pageFor(state: State): string {
  const text = inWords(state).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${state.retryAfter}">
<title>Asleep – Slipway</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 20vh auto; padding: 0 1rem }
</style>
<h1>${state.state === "waking" ? "Waking up" : "Asleep"}</h1>
<p>${text}.</p>
<p>This page looks again by itself.</p>
`;
}

/** Prometheus' text format. */
function metrics({ state, spared, wantedSince, next }: State, now = Date.now()): Answer {
  const asleep = state === "asleep" || state === "waking" ? 1 : 0;
  const overdue = wantedSince ? Math.max(0, (now - new Date(wantedSince).getTime()) / 1000) : 0;
  const lines = [
    "# HELP slipway_environment_asleep Whether the environment sleeps.",
    "# TYPE slipway_environment_asleep gauge",
    `slipway_environment_asleep ${asleep}`,
    "# HELP slipway_environment_overdue_seconds Seconds since it should have fallen asleep or woken; 0 once it has.",
    "# TYPE slipway_environment_overdue_seconds gauge",
    `slipway_environment_overdue_seconds ${overdue}`,
    "# HELP slipway_environment_asleep_hours_total Hours that it slept.",
    "# TYPE slipway_environment_asleep_hours_total counter",
    `slipway_environment_asleep_hours_total ${spared?.hours ?? 0}`,
    "# HELP slipway_environment_next_turn_timestamp_seconds When its hours next put it to sleep, and wake it.",
    "# TYPE slipway_environment_next_turn_timestamp_seconds gauge",
    ...turn("asleep", next.sleep),
    ...turn("awake", next.wake),
    "",
  ];
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return { status: 200, body: lines.join("\n"), headers };
}

function turn(to: "asleep" | "awake", time: string | undefined): string[] {
  if (time === undefined) return [];
  return [`slipway_environment_next_turn_timestamp_seconds{to="${to}"} ${Date.parse(time) / 1000}`];
}

/** A problem (RFC 9457). */
function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Answer {
  const type = { "content-type": "application/problem+json" };
  return { status, body: { title, status, detail }, headers: { ...type, ...headers } };
}

function send({ method }: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, body, headers = {} } = answer;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html; charset=utf-8" : "application/json";
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    // Callers should find the ways to those that have woken.
    connection: "close",
    ...headers,
  });
  response.end(method === "HEAD" ? undefined : text);
}
