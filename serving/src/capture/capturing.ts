import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from "fastify";

import type { Config } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import type { LoadedModel, Row, Scores } from "../model/loaded-model.ts";
import { CaptureMetrics } from "./metrics.ts";
import { PredictionLog } from "./prediction-log.ts";

/** What keeps predictions and labels. */
export interface Capture {
  readonly log: PredictionLog;
  readonly metrics: CaptureMetrics;
}

/** @returns undefined where nothing is to be kept. */
export function capturing(
  { capture }: Config,
  { registry }: Metrics,
  log: FastifyBaseLogger,
): Capture | undefined {
  if (capture === undefined) return undefined;
  const metrics = new CaptureMetrics(registry);
  return { log: new PredictionLog(capture, metrics, log), metrics };
}

/** What was asked and answered. */
interface Predicted {
  readonly model: LoadedModel;
  readonly rows: readonly Row[];
  readonly scores: Scores;
}

/** Keeps what a request asked and was answered, where that is wanted; the answer then has the id under which a label finds it. */
export function keepPrediction(
  { id, server }: FastifyRequest,
  reply: FastifyReply,
  { model, rows, scores }: Predicted,
): void {
  if (server.capture?.log.keep(id, model, rows, scores)) reply.header("x-request-id", id);
}
