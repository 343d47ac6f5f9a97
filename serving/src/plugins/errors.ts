import type { Socket } from "node:net";

import type {
  ConnectionError,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
} from "fastify";

import { Problem, type ProblemKind } from "../problem.ts";

const KINDS: Readonly<Record<number, ProblemKind>> = {
  400: "malformed",
  403: "forbidden",
  404: "not-found",
  408: "timeout",
  413: "too-large",
  414: "too-large",
};
const WRONG_TYPE = "The body's content type is not read here; send application/json.";

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

/** Fastify's own refusals before any route: an address that does not decode, a parameter too long. */
export function frameworkErrors(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendProblem(request, reply, asProblem(error));
}

/** Answers what Node could not read as HTTP, or not in time, and closes the connection. */
export function clientErrorHandler(error: ConnectionError, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const problem = unreadable(error.code);
  if (socket.writable) {
    const body = JSON.stringify(problem);
    const { title } = problem.toJSON();
    socket.write(
      `HTTP/1.1 ${problem.statusCode} ${String(title)}\r\nConnection: close\r\n` +
        `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroy(error);
}

function unreadable(code: string): Problem {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new Problem(408, "timeout", "The request did not arrive in time.");
  }
  if (code === "HPE_HEADER_OVERFLOW") {
    return new Problem(431, "too-large", "The address and headers are too long.");
  }
  return new Problem(400, "malformed", "This is no HTTP request.");
}

/** Turns anything thrown below a route into a Problem. Causes never reach the client. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { statusCode = 500, message } = error as Partial<FastifyError>;
  const kind = KINDS[statusCode];
  if (statusCode === 415) return new Problem(415, "unsupported-media-type", WRONG_TYPE);
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
