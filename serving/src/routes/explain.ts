import type { FastifyPluginCallback } from "fastify";

import { explain, type ExplainedAnswer } from "../explain/explain.ts";
import { answerWriter } from "../model/answer.ts";
import type { LoadedModel } from "../model/loaded-model.ts";
import { invalidInput, overloaded } from "../problem.ts";
import { PREDICTION_FAILURES, problemResponses } from "../problem-schema.ts";
import { readRows } from "./rows.ts";

/** Explanations at once: each keeps the graph busy with as many rows as a long batch. */
const AT_ONCE = 4;

const NUMBER = { type: ["number", "null"] };

const SCHEMA = {
  tags: ["predict"],
  summary: "Explain the prediction for one row",
  description:
    "Shapley values by sampling: by how much each feature moves the answer away from the mean answer to rows like those of the training, in which features are drawn apart from each other.",
  body: { $ref: "Features#" },
  response: {
    200: {
      description: "The prediction, and what each feature contributes to it",
      content: {
        "application/json": {
          schema: {
            type: "object",
            required: ["prediction", "class", "value", "base", "contributions", "orders"],
            properties: {
              prediction: { $ref: "Prediction#" },
              class: {
                type: ["string", "null"],
                description:
                  "Label of the class whose probability `value` is; null: the answered number",
              },
              value: { ...NUMBER, description: "What is explained" },
              base: { ...NUMBER, description: "Its mean over rows like those of the training" },
              contributions: {
                type: "array",
                description: "The largest first; with `base` they add up to `value`",
                items: {
                  type: "object",
                  required: ["feature", "contribution", "error"],
                  properties: {
                    feature: { type: "string" },
                    contribution: NUMBER,
                    error: { ...NUMBER, description: "Standard error of the sampling" },
                  },
                },
              },
              orders: { type: "integer", description: "Orders of the features that were tried" },
            },
          },
        },
      },
    },
    ...problemResponses(PREDICTION_FAILURES),
  },
};

/** `POST /explain`. */
export const explainRoute: FastifyPluginCallback = (app, _options, done) => {
  const { limits } = app.config;
  let underWay = 0;

  app.post("/explain", { config: { prediction: true }, schema: SCHEMA }, async (request, reply) => {
    const model = app.models.current();
    const { rows, pathOf } = readRows(request.body, request.rawJson, limits.depth);
    const [row, ...more] = model.validate(rows, pathOf);
    if (row === undefined || more.length > 0) {
      const detail = `must be one row, not ${rows.length}: explain them one by one`;
      throw invalidInput([{ path: "", detail }], 1);
    }
    if (underWay >= AT_ONCE) {
      app.metrics.shed.inc({ reason: "explanations" });
      throw overloaded("The server explains as many predictions as it can at once.");
    }
    underWay += 1;
    try {
      const scores = await model.score([row], false);
      const explanation = await explain(model, row, scores, limits.explainedRows);
      reply.header("content-type", "application/json; charset=utf-8");
      const prediction = answerWriter(model)(scores, 0);
      return `{"prediction":${prediction},${JSON.stringify(written(model, explanation)).slice(1)}`;
    } finally {
      underWay -= 1;
    }
  });
  done();
};

function written({ package: pack }: LoadedModel, explanation: ExplainedAnswer) {
  const { of, value, base, contributions, errors, orders } = explanation;
  const all = pack.features.map(({ name }, at) => ({
    feature: name,
    contribution: rounded(contributions[at]),
    error: rounded(errors[at]),
  }));
  const size = ({ contribution }: (typeof all)[number]): number => Math.abs(contribution ?? 0);
  return {
    class: of === "value" ? null : (pack.classes[of.probabilityOf]?.label ?? null),
    value: rounded(value),
    base: rounded(base),
    contributions: all.sort((one, other) => size(other) - size(one)),
    orders,
  };
}

/** As many digits as a 32-bit float has; null for no finite number. */
function rounded(number = NaN): number | null {
  return Number.isFinite(number) ? Number(number.toPrecision(7)) : null;
}
