import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from "fastify";

import { keepPrediction } from "../../capture/capturing.ts";
import { Problem } from "../../problem.ts";
import { isFields } from "../protocol-rows.ts";
import { parsePythonJson } from "../python-json.ts";
import { csvRows } from "./csv-rows.ts";
import { jsonRows } from "./json-rows.ts";
import { INVOCATIONS_SCHEMA, PING_SCHEMA, VERSION_SCHEMA } from "./openapi.ts";
import { predictions } from "./predictions.ts";

/** The MLflow whose scoring protocol this is; its clients ask for it at `/version`. */
const MLFLOW_VERSION = "3.17.2";

type Body = { readonly csv: string } | { readonly json: unknown };

/**
 * MLflow's scoring protocol: `POST /invocations`, `GET /ping`, `GET /version`.
 *
 * Different from MLflow's own server: errors are problem documents, values are validated as on
 * `/predict` (422), rows may come by position for every model, Parquet is not read.
 */
export const mlflowProtocol: FastifyPluginCallback = (app, _options, done) => {
  acceptBodies(app);

  app.post<{ Body: Body }>(
    "/invocations",
    { config: { prediction: true }, schema: INVOCATIONS_SCHEMA },
    async (request, reply) => {
      const { body } = request;
      const model = app.models.current();
      const { features } = model.package;
      const { rows, pathOf } =
        "csv" in body
          ? csvRows(body.csv, features, app.config.limits.rows)
          : jsonRows(body.json, features);
      // As in MLflow, a data frame may have no rows; other forms then say nothing of columns.
      if (rows.length === 0 && isFrame(body)) return { predictions: [] };
      const valid = model.validate(rows, pathOf);
      const scores = await model.score(valid);
      keepPrediction(request, reply, { model, rows: valid, scores });
      return { predictions: predictions(model, scores) };
    },
  );

  app.get("/ping", { schema: PING_SCHEMA }, (_request, reply) => {
    app.models.current();
    return reply.type("application/json").send("\n");
  });

  app.get("/version", { schema: VERSION_SCHEMA }, (_request, reply) =>
    reply.type("application/json").send(MLFLOW_VERSION),
  );
  done();
};

function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const accept = (type: string, read: (text: string) => Body): void => {
    app.addContentTypeParser(type, { parseAs: "string" }, (request, text, done) => {
      try {
        refuseParameters(request);
        done(null, read(text as string));
      } catch (error) {
        done(error as Error);
      }
    });
  };
  accept("application/json", (text) => ({
    json: parsePythonJson(text, app.config.limits.depth),
  }));
  accept("text/csv", (csv) => ({ csv }));
}

/** MLflow 1 clients ask for a format by a parameter of the content type; MLflow 2 refuses that. */
function refuseParameters({ headers }: FastifyRequest): void {
  const [, ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const unknown = parameters.find((one) => !/^\s*(charset="?utf-8"?)?\s*$/.test(one));
  if (unknown === undefined) return;
  const detail = `The content type's parameter '${unknown.trim()}' is not supported, only charset=utf-8.`;
  throw new Problem(415, "unsupported-media-type", detail);
}

function isFrame(body: Body): boolean {
  return "csv" in body || (isFields(body.json) && Object.hasOwn(body.json, "dataframe_split"));
}
