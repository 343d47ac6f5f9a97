import { Type, type TSchema } from "typebox";

import { PREDICTION_FAILURES, problemResponses, type ProblemStatus } from "../../problem-schema.ts";
import { InferRequestSchema } from "./request.ts";
import { DATATYPES } from "./tensor.ts";

const tags = ["open inference protocol"];
const Text = Type.String();
const tensorHead = {
  name: Text,
  datatype: Type.Enum([...DATATYPES]),
  shape: Type.Array(Type.Integer()),
};
const Outputs = Type.Object({
  model_name: Text,
  model_version: Text,
  id: Type.Optional(Text),
  outputs: Type.Array(
    Type.Object({
      ...tensorHead,
      data: Type.Optional(Type.Array(Type.Unknown())),
      parameters: Type.Optional(Type.Object({ binary_data_size: Type.Integer() })),
    }),
  ),
});

function ok(schema: TSchema) {
  return { 200: { description: "As the protocol says", ...json(schema) } };
}

function json(schema: TSchema) {
  return { content: { "application/json": { schema } } };
}

/** Fastify's router refuses a long name before any route, in the form of all other routes. */
function failures(...statuses: readonly ProblemStatus[]) {
  const ofRoute = statuses.filter((status) => status !== 414);
  return {
    ...problemResponses(ofRoute, "InferenceProblem"),
    ...(statuses.includes(414) && problemResponses([414])),
  };
}

/** OpenAPI of `GET /v2`. */
export const SERVER = {
  tags,
  summary: "Server metadata",
  response: ok(Type.Object({ name: Text, version: Text, extensions: Type.Array(Text) })),
};

/** OpenAPI of `GET /v2/health/live`. */
export const LIVE = {
  tags,
  summary: "Liveness",
  response: ok(Type.Object({ live: Type.Boolean() })),
};

/** OpenAPI of `GET /v2/health/ready`. */
export const READY = {
  tags,
  summary: "200 once a model is loaded",
  response: { ...ok(Type.Object({ ready: Type.Boolean() })), ...failures(503) },
};

/** OpenAPI of a model's metadata. */
export const MODEL = {
  tags,
  summary: "Model metadata: the graph's own inputs and outputs",
  response: {
    ...ok(
      Type.Object({
        name: Text,
        versions: Type.Array(Text),
        platform: Text,
        inputs: Type.Array(Type.Object(tensorHead)),
        outputs: Type.Array(Type.Object(tensorHead)),
      }),
    ),
    ...failures(404, 414, 503),
  },
};

/** OpenAPI of a model's readiness. */
export const MODEL_READY = {
  tags,
  summary: "200 while this model and version is served",
  response: {
    ...ok(Type.Object({ name: Text, ready: Type.Boolean() })),
    ...failures(404, 414, 503),
  },
};

/** OpenAPI of inference. */
export const INFER = {
  tags,
  summary: "Inference",
  description:
    "Inputs are the graph's own, or one tensor [rows] or [rows, 1] for each feature, by name. " +
    "A missing number is NaN or null, a missing category, text or datetime an empty string, and an optional " +
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
    200: {
      description: "As the protocol says",
      content: {
        "application/json": { schema: Outputs },
        "application/octet-stream": {
          schema: {
            type: "string",
            format: "binary",
            description: "Inference-Header-Content-Length bytes of JSON, then the outputs' bytes",
          },
        },
      },
    },
    ...failures(...PREDICTION_FAILURES, 404, 414),
  },
};
