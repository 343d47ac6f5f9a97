import type { FastifyInstance } from "fastify";

import { parseJson } from "../json.ts";
import { Problem } from "../problem.ts";
import { mayBeShed } from "./shedding.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The JSON body as it arrived: where the order of integer-like keys matters. */
    rawJson: string;
  }
}

const EMPTY = "The body is empty.";

/** Accepts JSON bodies only, within the limits; every other content type is a 415, and no body at all a 400 where one is predicted from. */
export function acceptJson(app: FastifyInstance, maxDepth: number): void {
  app.decorateRequest("rawJson", "");
  app.removeAllContentTypeParsers();
  // Without a content type and a length no parser is asked, and a route would find nothing.
  app.addHook("preValidation", (request, _reply, done) => {
    const bare =
      mayBeShed(request.routeOptions.config) &&
      request.method === "POST" &&
      request.body === undefined;
    done(bare ? new Problem(400, "malformed", EMPTY) : undefined);
  });
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = body as string;
    try {
      if (text.trim() === "") throw new Problem(400, "malformed", EMPTY);
      request.rawJson = text;
      done(null, parseJson(text, maxDepth));
    } catch (error) {
      done(error as Error);
    }
  });
}
