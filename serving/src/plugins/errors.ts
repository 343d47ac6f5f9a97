import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { Problem, type ProblemKind } from "../problem.ts";

const KINDS: Readonly<Record<number, ProblemKind>> = {
  400: "malformed",
  404: "not-found",
  408: "timeout",
  413: "too-large",
  415: "unsupported-media-type",
};

/** Answers every error as a problem document; only the server's own faults are logged as errors. */
export function useProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    sendProblem(request, reply, asProblem(error));
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${pathOf(request)}; see /docs.`;
    sendProblem(request, reply, new Problem(404, "not-found", detail));
  });
}

/** Turns anything thrown below a route into a Problem. Causes never reach the client. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { statusCode = 500, message } = error as Partial<FastifyError>;
  const kind = KINDS[statusCode];
  if (kind !== undefined) return new Problem(statusCode, kind, message ?? "The request failed.");
  return new Problem(500, "internal", "The server failed; its log has the reason.", {
    cause: error,
  });
}

/** Answers with a problem document; `members` are added to it, as RFC 9457 allows. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  members: Readonly<Record<string, unknown>> = {},
): void {
  if (problem.statusCode >= 500 && problem.kind === "internal") {
    const { cause } = problem;
    // A stack without its message: messages of parsers and of the graph may quote request values.
    const { name, stack } = cause instanceof Error ? cause : problem;
    const frames = stack?.split("\n").filter((line) => line.startsWith("    at "));
    request.log.error({ reqId: request.id, path: pathOf(request), error: name, frames }, "failed");
  }
  void reply
    .code(problem.statusCode)
    .headers(problem.headers)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        ...problem.toJSON(),
        instance: `urn:slipway:request:${request.id}`,
        ...members,
      }),
    );
}

/** The path without the query, which may hold values. */
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}
