import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

import { answerSchema } from "../model/answer.ts";
import type { LoadedModel } from "../model/loaded-model.ts";
import { requestSchema, type JsonSchema } from "../model/request-schema.ts";
import { securityScheme } from "./auth.ts";

const PROBLEM: JsonSchema = {
  type: "object",
  description: "RFC 9457 problem document",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        properties: { path: { type: "string" }, detail: { type: "string" } },
      },
    },
  },
  required: ["type", "title", "status", "detail"],
};

/** OpenAPI at `/docs/json`, a page at `/docs`; both follow the model that serves right now. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  const { oidc } = app.config;
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Slipway prediction API", version: "1" },
      tags: [{ name: "predict" }, { name: "system" }],
      ...(oidc && { components: { securitySchemes: securityScheme(oidc) } }),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    transformSpecification: (specification) => {
      const model = app.models.peek();
      return model === undefined ? specification : withModel(specification as Document, model);
    },
  });
}

/** The little of an OpenAPI document that is written to. */
interface Document extends Record<string, unknown> {
  info: Record<string, unknown>;
  paths: Record<string, Record<string, Record<string, unknown>>>;
  components?: { schemas?: Record<string, unknown> };
}

function withModel(document: Document, { name, version, package: pack }: LoadedModel): Document {
  const ref = (schema: string) => ({ $ref: `#/components/schemas/${schema}` });
  const json = (schema: JsonSchema, extra = {}) => ({
    content: { "application/json": { schema, ...extra } },
  });
  const problem = { content: { "application/problem+json": { schema: ref("Problem") } } };
  const one = { description: "The prediction", ...json(ref("Prediction")) };
  const several = { oneOf: [ref("Prediction"), { type: "array", items: ref("Prediction") }] };
  const failures: Record<string, object> = Object.fromEntries(
    (
      [
        ["400", "Malformed JSON"],
        ["413", "Body too large or too many rows"],
        ["415", "Not JSON"],
        ["422", "Values that are not acceptable, each with its path"],
        ["503", "No model loaded, or too much load"],
      ] as const
    ).map(([status, description]) => [status, { description, ...problem }]),
  );
  const predict = document.paths["/predict"]?.["post"];
  if (predict !== undefined) {
    const rows = { type: "array", minItems: 1, items: ref("Features") };
    const columns = {
      type: "object",
      description: "Column-oriented, as pandas' DataFrame.to_json() writes it",
      additionalProperties: { type: "object" },
    };
    const body = { anyOf: [ref("Features"), rows, columns, { type: "string" }] };
    predict["requestBody"] = { required: true, ...json(body, { example: pack.example }) };
    const answer = { description: "One prediction, or one for each row", ...json(several) };
    predict["responses"] = { "200": answer, ...failures };
  }
  const demo = document.paths["/predict/demo"]?.["get"];
  if (demo !== undefined) demo["responses"] = { "200": one, "503": failures["503"] };
  document.info = {
    title: pack.title,
    description: pack.description ?? "",
    version: `${name}/${version}`,
  };
  document.components = {
    ...document.components,
    schemas: {
      ...document.components?.schemas,
      Features: requestSchema(pack),
      Prediction: answerSchema(pack),
      Problem: PROBLEM,
    },
  };
  return document;
}
