import { randomBytes } from "node:crypto";

import type { IncomingMessage } from "node:http";

import type { FastifyInstance } from "fastify";

import type { Metrics } from "../metrics.ts";

/** Characters, all of ASCII, that a request's id has at most. */
export const LONGEST_ID = 64;
const SANE_ID = new RegExp(`^[\\w.:-]{1,${LONGEST_ID}}$`);

/** Names requests: the caller's X-Request-Id where it is harmless, else a process-wide counter. */
export function requestIds(): (request: IncomingMessage) => string {
  const process = randomBytes(4).toString("hex");
  let count = 0;
  return (request) => {
    const given = request.headers["x-request-id"];
    if (typeof given === "string" && SANE_ID.test(given)) return given;
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}

/** What a prediction may be answered with that somebody is alerted of, and what that is a share of. */
const WATCHED = [200, 500, 503];

/** Counts and times answers; logs each one only where the level is debug. */
export function observeRequests(app: FastifyInstance, metrics: Metrics): void {
  // A count that appears with its first error has no increase: Prometheus would not see that one.
  app.addHook("onRoute", ({ url, method, config }) => {
    if (config?.prediction !== true || method !== "POST") return;
    for (const status of WATCHED) metrics.httpDuration.zero({ route: url, method, status });
  });
  const verbose = ["trace", "debug"].includes(app.log.level);
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const labels = { route: request.routeOptions.url ?? "none", method, status: reply.statusCode };
    metrics.httpDuration.observe(labels, reply.elapsedTime / 1000);
    if (verbose) app.log.debug({ reqId: request.id, ...labels, ms: reply.elapsedTime }, "answered");
    done();
  });
}
