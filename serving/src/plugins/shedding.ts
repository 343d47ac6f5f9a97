import type { FastifyContextConfig, FastifyInstance } from "fastify";

import type { Limits } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import { overloaded } from "../problem.ts";

const PROBE_MS = 250;
/** Bytes of a body that are not worth counting. */
const SMALL = 16_384;

/**
 * Refuses prediction requests with 503 while too many rows wait, bodies take too much memory, or the event loop lags.
 * Probes, metrics and pages are never shed: they tell what is going on.
 */
export function shedUnderPressure(
  app: FastifyInstance,
  limits: Limits,
  metrics: Metrics,
  queuedRows: () => number,
): void {
  const lag = watchEventLoop(app);
  const shed = (reason: string) => {
    metrics.shed.inc({ reason });
    return overloaded("The server has more work than it can answer in time.");
  };
  app.addHook("onRequest", (request, _reply, done) => {
    if (!mayBeShed(request.routeOptions.config)) {
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
    done(shed(reason));
  });
  boundBodies(app, limits.pendingBytes, () => shed("bodies"));
}

/** Whether a route reads a body, so that it may be refused under pressure. */
export function mayBeShed({ prediction, bounded }: FastifyContextConfig): boolean {
  return prediction === true || bounded === true;
}

/**
 * Of many large bodies that arrive at once none has rows yet that could be counted: what they take themselves is bounded
 * here, by what has arrived of them. One alone is always read, up to its own limit.
 */
function boundBodies(app: FastifyInstance, most: number, shed: () => Error): void {
  let pending = 0;
  app.addHook("preParsing", (request, reply, payload, done) => {
    const isSmall = Number(request.headers["content-length"] ?? Infinity) <= SMALL;
    if (mayBeShed(request.routeOptions.config) && !isSmall) {
      let own = 0;
      const count = ({ length }: Buffer | string) => {
        own += length;
        pending += length;
        if (pending <= most || pending === own) return;
        payload.off("data", count);
        // The parser answers with it, and lets go of what has arrived.
        payload.emit("error", shed());
      };
      payload.on("data", count);
      reply.raw.once("close", () => {
        pending -= own;
      });
    }
    done(null, payload);
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
