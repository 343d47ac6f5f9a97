import type { FastifyInstance } from "fastify";

import type { Limits } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import { overloaded } from "../problem.ts";

const PROBE_MS = 250;

/**
 * Refuses prediction requests with 503 while too many rows wait or the event loop lags. Probes,
 * metrics and pages are never shed: they tell what is going on.
 */
export function shedUnderPressure(
  app: FastifyInstance,
  limits: Limits,
  metrics: Metrics,
  queuedRows: () => number,
): void {
  const lag = watchEventLoop(app);
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.routeOptions.config.prediction !== true) {
      done();
      return;
    }
    const reason =
      queuedRows() > limits.queuedRows
        ? "queue"
        : lag() > limits.eventLoopDelayMs
          ? "event-loop"
          : undefined;
    if (reason === undefined) {
      done();
      return;
    }
    metrics.shed.inc({ reason });
    done(overloaded("The server has more work than it can answer in time."));
  });
}

/** How late a timer fires, in milliseconds; also counts the lateness of one that is due now. */
function watchEventLoop(app: FastifyInstance): () => number {
  let due = performance.now() + PROBE_MS;
  let late = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    late = now - due;
    due = now + PROBE_MS;
  }, PROBE_MS);
  timer.unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(timer);
    done();
  });
  return () => Math.max(late, performance.now() - due);
}
