import { problemResponses } from "../openapi-parts.ts";
import { InferRequestSchema } from "./request.ts";

const tags = ["open inference protocol"];
const text = { type: "string" };
const tensor = {
  type: "object",
  properties: { name: text, datatype: text, shape: { type: "array", items: { type: "integer" } } },
};
const flag = (name: string) => ok({ type: "object", properties: { [name]: { type: "boolean" } } });

function ok(schema: object, description = "As the protocol says") {
  return { 200: { description, content: { "application/json": { schema } } } };
}

/** OpenAPI of `GET /v2`. */
export const SERVER = {
  tags,
  summary: "Server metadata",
  response: ok({
    type: "object",
    properties: { name: text, version: text, extensions: { type: "array", items: text } },
  }),
};

/** OpenAPI of `GET /v2/health/live`. */
export const LIVE = { tags, summary: "Liveness", response: flag("live") };

/** OpenAPI of `GET /v2/health/ready`. */
export const READY = {
  tags,
  summary: "200 once a model is loaded",
  response: { ...flag("ready"), ...problemResponses(503) },
};

/** OpenAPI of a model's metadata. */
export const MODEL = {
  tags,
  summary: "Model metadata: the graph's own inputs and outputs",
  response: {
    ...ok({
      type: "object",
      properties: {
        name: text,
        versions: { type: "array", items: text },
        platform: text,
        inputs: { type: "array", items: tensor },
        outputs: { type: "array", items: tensor },
      },
    }),
    ...problemResponses(404, 503),
  },
};

/** OpenAPI of a model's readiness. */
export const MODEL_READY = {
  tags,
  summary: "200 while this model and version is served",
  response: {
    ...ok({ type: "object", properties: { name: text, ready: { type: "boolean" } } }),
    ...problemResponses(404, 503),
  },
};

/** OpenAPI of inference. */
export const INFER = {
  tags,
  summary: "Inference",
  description:
    "Inputs are the graph's own, or one tensor [rows] or [rows, 1] for each feature, by name. " +
    "A missing number is NaN or null, a missing category an empty string, and an optional " +
    "feature's tensor may be left out. With the header Inference-Header-Content-Length the body " +
    "is that many bytes of JSON and then the inputs' bytes; outputs come as bytes where " +
    "`binary_data` or `binary_data_output` asks for them.",
  body: {
    content: {
      "application/json": { schema: InferRequestSchema },
      "application/octet-stream": { schema: { type: "string", format: "binary" } },
    },
  },
  response: {
    ...ok({
      type: "object",
      properties: {
        model_name: text,
        model_version: text,
        id: text,
        outputs: { type: "array", items: { ...tensor, additionalProperties: true } },
      },
    }),
    ...problemResponses(400, 401, 403, 404, 413, 415, 422, 503),
  },
};
