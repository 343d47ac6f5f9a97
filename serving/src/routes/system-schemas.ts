import { Type, type TSchema } from "typebox";

import { FeatureSchema, nullable, PackageSchema } from "../model/package.ts";
import { problemResponses } from "../problem-schema.ts";

const tags = ["system"];
const Text = Type.String();
const Identity = nullable(Type.Object({ name: Text, version: Text }));

const { title, description, task, output, classes, positive, risk_bands, example, training } =
  PackageSchema.properties;
const { threshold, interval, license, contact, limitations } = PackageSchema.properties;

/** The public part of a model package. */
const Model = Type.Object({
  ...{ name: Text, version: Text },
  ...{ title, description, task, output, classes, positive, risk_bands, example },
  ...{ threshold, interval, license, contact, limitations },
  features: Type.Array(FeatureSchema),
  training: Type.Pick(training, ["git_sha", "metrics", "rows", "understanding", "importance"]),
});

function ok(description: string, schema: TSchema, type = "application/json") {
  return { 200: { description, content: { [type]: { schema } } } };
}

/** `GET /` */
export const ROOT_SCHEMA = {
  tags,
  summary: "Name, model and links",
  response: ok(
    "What this server is",
    Type.Object({ name: Text, model: Identity, links: Type.Record(Text, Text) }),
  ),
};

/** `GET /health` */
export const HEALTH_SCHEMA = {
  tags,
  summary: "Liveness, with the model's state",
  response: ok(
    "The process is well, with or without a model",
    Type.Object({
      status: Type.Literal("healthy"),
      model_loaded: Type.Boolean(),
      model: Identity,
      registry: Type.Object({
        source: Text,
        reachable: Type.Boolean(),
        since: Type.String({ description: "ISO time of the last change of `reachable`" }),
        problem: Type.Optional(Text),
        fallback: Type.Optional(
          Type.String({ description: "what is served instead of what `source` names" }),
        ),
      }),
    }),
  ),
};

/** `GET /ready` */
export const READY_SCHEMA = {
  tags,
  summary: "200 once a model is loaded",
  response: {
    ...ok("A model is loaded", Type.Object({ status: Type.Literal("ready"), model: Identity })),
    ...problemResponses([503]),
  },
};

/** `GET /metrics` */
export const METRICS_SCHEMA = {
  tags,
  summary: "Prometheus text",
  response: ok("Every metric of the server", Text, "text/plain"),
};

/** `GET /model` */
export const MODEL_SCHEMA = {
  tags,
  summary: "What the model is and takes",
  response: { ...ok("The public part of the package", Model), ...problemResponses([503]) },
};
