import type { FastifyPluginCallback } from "fastify";

import { answerWriter, type AnswerWriter } from "../model/answer.ts";
import type { LoadedModel } from "../model/loaded-model.ts";
import { readRows } from "./rows.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** `POST /predict` and `GET /predict/demo`. */
export const predictRoutes: FastifyPluginCallback = (app, _options, done) => {
  const writers = new WeakMap<LoadedModel, AnswerWriter>();
  const writerOf = (model: LoadedModel): AnswerWriter => {
    let writer = writers.get(model);
    if (writer === undefined) writers.set(model, (writer = answerWriter(model)));
    return writer;
  };
  const config = { prediction: true };
  const tags = ["predict"];

  app.post(
    "/predict",
    { config, schema: { tags, summary: "Predict one row or many" } },
    async (request, reply) => {
      const model = app.models.current();
      const { rows, pathOf, single } = readRows(
        request.body,
        request.rawJson,
        app.config.limits.depth,
      );
      const scores = await model.score(model.validate(rows, pathOf));
      const write = writerOf(model);
      reply.header("content-type", JSON_TYPE);
      if (single) return write(scores, 0);
      return `[${rows.map((_, row) => write(scores, row)).join(",")}]`;
    },
  );

  app.get(
    "/predict/demo",
    { config, schema: { tags, summary: "Predict the model's own example row" } },
    async (_request, reply) => {
      const model = app.models.current();
      const scores = await model.score(model.validate([model.package.example]));
      reply.header("content-type", JSON_TYPE);
      return writerOf(model)(scores, 0);
    },
  );
  done();
};
