import type { FastifyInstance, FastifyPluginCallback } from "fastify";

import type { LoadedModel } from "../../model/loaded-model.ts";
import { keepPrediction } from "../../capture/capturing.ts";
import { asProblem, sendProblem } from "../../plugins/errors.ts";
import { noModel, Problem } from "../../problem.ts";
import { inferResponse, inputMetadata, outputMetadata } from "./outputs.ts";
import { readRequest, type InferRequest } from "./request.ts";
import * as describe from "./openapi.ts";
import { tensorRows } from "./rows.ts";

interface Served {
  Params: { model: string; version?: string };
}

/**
 * The Open Inference Protocol, version 2, over REST, with the binary tensor data extension: what
 * KServe, MLServer and Triton clients speak. Errors are problem documents that also hold the
 * protocol's own member `error`.
 */
export const openInferenceProtocol: FastifyPluginCallback = (app, _options, done) => {
  acceptBodies(app);
  answerErrors(app);

  app.get("/", { schema: describe.SERVER }, () => ({
    name: "slipway",
    version: "1",
    extensions: ["binary_tensor_data"],
  }));
  app.get("/health/live", { schema: describe.LIVE }, () => ({ live: true }));
  app.get("/health/ready", { schema: describe.READY }, () => {
    if (app.draining) throw noModel("The server is shutting down.");
    app.models.current();
    return { ready: true };
  });
  for (const path of ["/models/:model", "/models/:model/versions/:version"]) {
    modelRoutes(app, path);
  }
  done();
};

function modelRoutes(app: FastifyInstance, path: string): void {
  app.get<Served>(path, { schema: describe.MODEL }, ({ params }) => {
    const { name, version, package: pack } = servedModel(app, params);
    const [inputs, outputs] = [inputMetadata(pack), outputMetadata(pack)];
    return { name, versions: [version], platform: "onnx_onnxv1", inputs, outputs };
  });
  app.get<Served>(`${path}/ready`, { schema: describe.MODEL_READY }, ({ params }) => {
    const { name } = servedModel(app, params);
    return { name, ready: true };
  });
  app.post<Served & { Body: Buffer }>(
    `${path}/infer`,
    { config: { prediction: true }, schema: describe.INFER },
    async (request, reply) => {
      const { params, body, headers } = request;
      const model = servedModel(app, params);
      const length = headers["inference-header-content-length"]?.toString();
      const inference = readRequest(body, length, app.config.limits.depth);
      refuseTooManyRows(inference, app.config.limits.rows);
      const { rows, pathOf } = tensorRows(inference, model.package);
      const valid = model.validate(rows, pathOf);
      const scores = await model.score(valid);
      keepPrediction(request, reply, { model, rows: valid, scores });
      const { json, binary } = inferResponse(model, inference, scores);
      if (binary === undefined) return reply.type("application/json").send(json);
      return reply
        .header("inference-header-content-length", Buffer.byteLength(json))
        .type("application/octet-stream")
        .send(Buffer.concat([Buffer.from(json), binary]));
    },
  );
}

/** Before any row is made of the tensors: a megabyte of bytes may say a million of them. */
function refuseTooManyRows({ inputs }: InferRequest, most: number): void {
  const rows = Math.max(...inputs.map(({ shape }) => shape[0] ?? 0));
  if (rows <= most) return;
  throw new Problem(
    413,
    "too-large",
    `${rows} rows; at most ${most} are scored at once. Send fewer.`,
  );
}

/** The model in use, if it is the one that the path names. */
function servedModel(app: FastifyInstance, { model, version }: Served["Params"]): LoadedModel {
  const current = app.models.current();
  if (model !== current.name || (version !== undefined && version !== current.version)) {
    const detail = `Only version ${current.version} of model ${current.name} is served here.`;
    throw new Problem(404, "not-found", detail);
  }
  return current;
}

/** Clients send JSON, or JSON and bytes, with either content type or none. */
function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, ({ headers }, body, done) => {
    const [type = ""] = (headers["content-type"] ?? "").split(";");
    const known = ["", "application/json", "application/octet-stream"];
    if (known.includes(type.trim().toLowerCase()) && headers["content-encoding"] === undefined) {
      done(null, body);
      return;
    }
    const detail = "Send application/json or application/octet-stream, not compressed.";
    done(new Problem(415, "unsupported-media-type", detail));
  });
}

/** Every error under `/v2` also has the member `error`, which is all that many clients show. */
function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = asProblem(error);
    const faults = problem.errors.slice(0, 3).map(({ path, detail }) => ` ${path} ${detail}`);
    sendProblem(request, reply, problem, { error: problem.message + faults.join(";") });
  });
  app.setNotFoundHandler(({ method }) => {
    throw new Problem(404, "not-found", `The protocol has no such ${method} path here; see /docs.`);
  });
}
