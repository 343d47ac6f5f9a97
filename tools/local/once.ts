import { Failure } from "../lib/failure.ts";
import type { Trained } from "./training.ts";

/** One model's line in what `--once` prints. */
export interface Answered {
  name: string;
  version: string;
  metrics: Record<string, number>;
  request: Record<string, unknown>;
  response: unknown;
}

/** Sends a model's example row to its API. @throws Failure when the answer is not 200 or comes from another version. */
export async function predictOnce(result: Trained, api: string): Promise<Answered> {
  const response = await fetch(`${api}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(result.example),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (response.status !== 200) {
    throw new Failure(`${result.model}: POST ${api}/predict answered ${response.status}: ${text}`);
  }
  const answer = JSON.parse(text) as { model: { version: string } };
  return {
    name: result.model,
    version: answer.model.version,
    metrics: result.metrics,
    request: result.example,
    response: answer,
  };
}
