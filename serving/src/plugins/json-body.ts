import type { FastifyInstance } from "fastify";

import { parseJson } from "../json.ts";
import { Problem } from "../problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The JSON body as it arrived: where the order of integer-like keys matters. */
    rawJson: string;
  }
}

/** Accepts JSON bodies only, within the limits; every other content type is a 415. */
export function acceptJson(app: FastifyInstance, maxDepth: number): void {
  app.decorateRequest("rawJson", "");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = body as string;
    try {
      if (text.trim() === "") throw new Problem(400, "malformed", "The body is empty.");
      request.rawJson = text;
      done(null, parseJson(text, maxDepth));
    } catch (error) {
      done(error as Error);
    }
  });
}
