import { PREDICTION_FAILURES, problemResponses } from "../../problem-schema.ts";

const tags = ["mlflow"];
const values = { type: "array", items: {} };
const records = { type: "array", items: { type: "object", additionalProperties: true } };
const tensor = { oneOf: [records, { type: "array", items: values }, { type: "object" }] };

/** OpenAPI of `POST /invocations`. */
export const INVOCATIONS_SCHEMA = {
  tags,
  summary: "MLflow's scoring protocol",
  description:
    "The answer is what MLflow's ONNX flavour gives: one record for each row with the graph's " +
    "outputs, or the outputs by name where the signature is of tensors. Unknown columns and " +
    "`params` are ignored, a missing number may be null or NaN.",
  body: {
    content: {
      "application/json": {
        schema: {
          description: "Exactly one of the four",
          type: "object",
          properties: {
            dataframe_split: {
              type: "object",
              properties: {
                columns: { type: "array", items: { type: "string" } },
                index: values,
                data: { type: "array", items: values },
              },
              required: ["data"],
            },
            dataframe_records: records,
            instances: { ...tensor, description: "Rows: objects, or values by position" },
            inputs: { ...tensor, description: "Columns by name, or rows" },
          },
        },
      },
      "text/csv": { schema: { type: "string", description: "CSV with a header" } },
    },
  },
  response: {
    200: {
      description: "One prediction for each row",
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: { predictions: { oneOf: [records, { type: "object" }] } },
            required: ["predictions"],
          },
        },
      },
    },
    ...problemResponses(PREDICTION_FAILURES),
  },
};

/** OpenAPI of `GET /ping`. */
export const PING_SCHEMA = {
  tags,
  summary: "200 once a model is loaded, as MLflow's scoring server",
  response: {
    200: { description: "An empty line", content: { "application/json": { schema: {} } } },
    ...problemResponses([503]),
  },
};

/** OpenAPI of `GET /version`. */
export const VERSION_SCHEMA = {
  tags,
  summary: "The version of MLflow whose protocol this is",
  response: {
    200: { description: "For example 3.17.2", content: { "application/json": { schema: {} } } },
  },
};
