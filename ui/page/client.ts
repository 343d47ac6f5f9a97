import type { EnvironmentStatus } from "../src/environment-status.ts";
import type { ModelVersions } from "../src/model-versions.ts";
import type { ModelStatus } from "../src/status.ts";
import { t } from "./language.ts";
import type { Row } from "./form.ts";
import type { Explanation, ModelPackage, Prediction, Problem } from "./package.ts";

/** A request that was answered with a problem, or not at all; the message is for people. */
export class RequestError extends Error {
  readonly problem: Problem;
  /** Undefined where nothing answered. */
  readonly status: number | undefined;

  constructor(message: string, problem: Problem = {}, status?: number) {
    super(message);
    this.problem = problem;
    this.status = status;
  }
}

/** Every model of this page with the status of its API. */
export function listModels(): Promise<ModelStatus[]> {
  return request<ModelStatus[]>("api/models");
}

/** What the environment's own Prometheus knows; null where there is none. */
export function loadEnvironment(): Promise<EnvironmentStatus | null> {
  return request<EnvironmentStatus | null>("api/environment");
}

/**
 * The newest versions of a model, as MLflow has them; null where the page's server knows no MLflow.
 *
 * @param pages how many answers of the server are wanted, each with a number of older ones
 */
export async function loadVersions(name: string, pages: number): Promise<ModelVersions | null> {
  let found: ModelVersions = { versions: [], more: true };
  for (let page = 0; page < pages && found.more; page += 1) {
    const last = found.versions.at(-1);
    const before = last === undefined ? "" : `?before=${last.version}`;
    const older = await request<ModelVersions | null>(`${versionsOf(name)}${before}`);
    if (older === null) return null;
    found = { versions: [...found.versions, ...older.versions], more: older.more };
  }
  return found;
}

/** Names of the pictures of a version's run. */
export function loadPlots(name: string, version: string): Promise<string[]> {
  return request<string[]>(`${versionsOf(name)}/${version}/plots`);
}

/** Where a picture is, relative to the page. */
export function plotAddress(name: string, version: string, plot: string): string {
  return `${versionsOf(name)}/${version}/plots/${encodeURIComponent(plot)}`;
}

function versionsOf(name: string): string {
  return `api/models/${encodeURIComponent(name)}/versions`;
}

/** The public package of a model: what the form is made of. */
export function loadPackage(name: string): Promise<ModelPackage> {
  return request<ModelPackage>(`api/models/${encodeURIComponent(name)}`);
}

/** Asks for one prediction. */
export function predict(name: string, row: Row, signal: AbortSignal): Promise<Prediction> {
  return ask(name, "predict", row, signal);
}

/** Asks for a prediction of each row. */
export function predictRows(
  name: string,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<Prediction[]> {
  return ask(name, "predict", rows, signal);
}

/** Asks what rows would be answered with: nobody's, so that the model's monitoring does not count them. */
export function explore(
  name: string,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<Prediction[]> {
  return ask(name, "explore", rows, signal);
}

/** Asks why a row has its answer. */
export function explain(name: string, row: Row): Promise<Explanation> {
  return ask(name, "explain", row);
}

/** Where a model is asked, relative to the page. */
export function pathOf(name: string, question: "predict" | "explore" | "explain"): string {
  return `api/models/${encodeURIComponent(name)}/${question}`;
}

function ask<Answer>(
  name: string,
  question: Parameters<typeof pathOf>[1],
  body: Row | readonly Row[],
  signal?: AbortSignal,
): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify(body) };
  return request(pathOf(name, question), { ...sent, ...(signal && { signal }) });
}

async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new RequestError(t().noServer);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const problem = (body ?? {}) as Problem;
  throw new RequestError(inWords(response.status, problem), problem, response.status);
}

function inWords(status: number, { detail }: Problem): string {
  if (status === 401) return t().signIn;
  if (status === 403) return `${t().mayNot} ${detail ?? ""}`.trimEnd();
  if (status === 503) return `${t().notAvailable} ${detail ?? ""}`.trimEnd();
  return detail ?? t().answeredStatus(status);
}
