import type { FastifyInstance, FastifyPluginCallback } from "fastify";

import type { Label } from "../capture/labels.ts";
import { readLabels } from "../capture/read-labels.ts";
import { notKept, overloaded, Problem } from "../problem.ts";
import { problemResponses } from "../problem-schema.ts";

/** Labels that come within this time go to the store as one object. */
const GATHER_MS = 200;
/** Labels that may wait for the store. */
const MOST_WAITING = 50_000;

const LABEL = {
  type: "object",
  required: ["request_id", "label"],
  additionalProperties: false,
  properties: {
    request_id: {
      type: "string",
      description:
        "The X-Request-Id of the answer; whoever sends one with the request has a key of their own",
    },
    row: {
      type: "integer",
      minimum: 0,
      default: 0,
      description: "Place of the row in the request",
    },
    label: {
      type: ["string", "number", "boolean"],
      description: "What the right answer was: a class as it is answered, or a number",
    },
    time: {
      type: "string",
      format: "date-time",
      description: "When that was known; not given: now. Of several labels the latest counts",
    },
  },
};

const SCHEMA = {
  tags: ["predict"],
  summary: "Say what the right answer was",
  description:
    "Labels of earlier predictions, kept beside the prediction log. They may come late, more than once and corrected; one whose request nobody knows is kept too.",
  body: { anyOf: [LABEL, { type: "array", minItems: 1, items: LABEL }] },
  response: {
    200: {
      description: "They are stored",
      content: {
        "application/json": {
          schema: {
            type: "object",
            required: ["kept"],
            properties: { kept: { type: "integer", description: "Labels that were stored" } },
          },
        },
      },
    },
    ...problemResponses([400, 401, 403, 413, 415, 422, 501, 503]),
  },
};

interface Waiting {
  readonly labels: readonly Label[];
  readonly done: (failed?: Error) => void;
}

/** `POST /feedback`. It is answered once the labels are in the store. */
export const feedbackRoute: FastifyPluginCallback = (app, _options, done) => {
  const keep = gatherer(app);
  app.post("/feedback", { config: { bounded: true }, schema: SCHEMA }, async ({ body }) => {
    if (app.capture === undefined) throw notKept();
    const model = app.models.current();
    const labels = readLabels(body, model, app.config.limits.rows, Date.now());
    await keep(model.name, labels);
    return { kept: labels.length };
  });
  done();
};

/** Requests of a short time share one object: a flood of single labels would else be a flood of small files. */
function gatherer(app: FastifyInstance) {
  let waiting: Waiting[] = [];
  let count = 0;
  const store = async (model: string, batch: Waiting[]): Promise<void> => {
    const labels = batch.flatMap((one) => one.labels);
    try {
      await app.capture?.log.label(model, labels);
      app.capture?.metrics.labels.inc(labels.length);
      for (const one of batch) one.done();
    } catch (error) {
      app.log.warn({ reason: (error as Error).message }, "labels were not stored");
      for (const one of batch) one.done(error as Error);
    } finally {
      count -= labels.length;
    }
  };
  return async (model: string, labels: readonly Label[]): Promise<void> => {
    if (count + labels.length > MOST_WAITING) {
      throw overloaded("More labels wait for the store than fit.");
    }
    count += labels.length;
    const failed = await new Promise<Error | undefined>((resolve) => {
      waiting.push({ labels, done: resolve });
      if (waiting.length > 1) return;
      setTimeout(() => {
        const batch = waiting;
        waiting = [];
        void store(model, batch);
      }, GATHER_MS);
    });
    if (failed === undefined) return;
    throw new Problem(503, "not-stored", "The labels were not stored. Send them again shortly.", {
      headers: { "retry-after": "10" },
      cause: failed,
    });
  };
}
