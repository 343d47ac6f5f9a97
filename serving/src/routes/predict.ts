import type { FastifyPluginCallback } from "fastify";

import { keepPrediction } from "../capture/capturing.ts";
import { answerWriter } from "../model/answer.ts";
import { PREDICTION_FAILURES, problemResponses } from "../problem-schema.ts";
import { readRows } from "./rows.ts";

const JSON_TYPE = "application/json; charset=utf-8";

const tags = ["predict"];
const features = { $ref: "Features#" };
const prediction = { $ref: "Prediction#" };

const PREDICT_SCHEMA = {
  tags,
  summary: "Predict one row or many",
  querystring: {
    type: "object",
    properties: {
      explore: {
        type: "string",
        enum: ["true"],
        description: "The rows are tried out, and count neither as predictions nor as drift",
      },
    },
  },
  body: {
    anyOf: [
      features,
      { type: "array", minItems: 1, items: features },
      {
        type: "object",
        description: "Column-oriented, as pandas' DataFrame.to_json() writes it",
        additionalProperties: { type: "object" },
      },
      { type: "string", description: "Any of these as a JSON text" },
    ],
  },
  response: {
    200: {
      description: "One prediction, or one for each row",
      content: {
        "application/json": {
          schema: { oneOf: [prediction, { type: "array", items: prediction }] },
        },
      },
    },
    ...problemResponses(PREDICTION_FAILURES),
  },
};

const DEMO_SCHEMA = {
  tags,
  summary: "Predict the model's own example row",
  response: {
    200: { description: "The prediction", content: { "application/json": { schema: prediction } } },
    ...problemResponses([400, 401, 403, 500, 503]),
  },
};

interface Explored {
  Querystring: { explore?: string };
}

/** `POST /predict` and `GET /predict/demo`. */
export const predictRoutes: FastifyPluginCallback = (app, _options, done) => {
  const config = { prediction: true };

  app.post<Explored>("/predict", { config, schema: PREDICT_SCHEMA }, async (request, reply) => {
    const model = app.models.current();
    const { rows, pathOf, single } = readRows(
      request.body,
      request.rawJson,
      app.config.limits.depth,
    );
    const asked = request.query.explore !== "true";
    const valid = model.validate(rows, pathOf);
    const scores = await model.score(valid, asked);
    if (asked) keepPrediction(request, reply, { model, rows: valid, scores });
    const write = answerWriter(model);
    reply.header("content-type", JSON_TYPE);
    if (single) return write(scores, 0);
    return `[${rows.map((_, row) => write(scores, row)).join(",")}]`;
  });

  app.get("/predict/demo", { config, schema: DEMO_SCHEMA }, async (_request, reply) => {
    const model = app.models.current();
    const scores = await model.score(model.validate([model.package.example]));
    reply.header("content-type", JSON_TYPE);
    return answerWriter(model)(scores, 0);
  });
  done();
};
