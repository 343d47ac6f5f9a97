import type { FastifyReply } from "fastify";
import type { ModelApi } from "./settings.ts";

/** RFC 9457 problem document. */
export function problem(reply: FastifyReply, status: number, title: string, detail: string) {
  return reply
    .code(status)
    .type("application/problem+json")
    .send({ type: "about:blank", title, status, detail });
}

/** That the page has no model of this name, and which it has. */
export function unknownModel(reply: FastifyReply, name: string, models: readonly ModelApi[]) {
  const known = models.map((model) => model.name).join(", ") || "none";
  return problem(reply, 404, "Unknown model", `No model '${name}'; known: ${known}.`);
}
