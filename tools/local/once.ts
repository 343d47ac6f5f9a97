import { Failure } from "../lib/failure.ts";
import { reasonOf } from "../lib/failure.ts";
import type { Trained, TrainingReport } from "./training.ts";

/** One model's line in what `--once` prints. */
export interface Answered {
  name: string;
  version: string;
  metrics: Record<string, number>;
  request: Record<string, unknown>;
  response: unknown;
}

/**
 * Sends each served model its example row.
 * @param served address of each API, by model. @param failed receives why a model did not answer.
 */
export async function predictEach(
  report: TrainingReport,
  served: Record<string, string>,
  failed: Record<string, string>,
): Promise<Answered[]> {
  const answering = Object.entries(served).map(async ([name, api]): Promise<Answered[]> => {
    const result = report.results.get(name);
    if (result === undefined || result.outcome === "failed" || name in failed) return [];
    try {
      return [await predictOnce(result, api)];
    } catch (error) {
      failed[name] = reasonOf(error);
      return [];
    }
  });
  return (await Promise.all(answering)).flat();
}

/** Sends a model's example row to its API. @throws Failure when the answer is not 200 or comes from another version. */
async function predictOnce(result: Trained, api: string): Promise<Answered> {
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
