import { setTimeout as sleep } from "node:timers/promises";

import type { FastifyInstance } from "fastify";

/** Longest time that requests in flight may take to end once listening has ended. */
const LIMIT_MS = 25_000;

/**
 * Ends the process without losing a request. On SIGTERM the server first goes on answering for
 * `drainSeconds`, not ready and closing each connection it answers on, so that load balancers and
 * clients leave by themselves; then it stops listening and finishes what is in flight. SIGINT, a
 * person's Ctrl-C, skips the wait. A second signal ends at once.
 */
export function closeOnSignal(app: FastifyInstance, drainSeconds: number): void {
  const close = async (signal: NodeJS.Signals): Promise<void> => {
    app.draining = true;
    app.server.prependListener("request", (_request, response) => {
      response.shouldKeepAlive = false;
    });
    app.log.info({ signal, drainSeconds }, "shutting down");
    if (signal === "SIGTERM") await sleep(drainSeconds * 1000);
    const limit = setTimeout(() => {
      app.log.error("requests did not end in time");
      process.exit(1);
    }, LIMIT_MS);
    await app.close();
    clearTimeout(limit);
    app.log.info("shut down");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (app.draining) process.exit(1);
      void close(signal);
    });
  }
}
