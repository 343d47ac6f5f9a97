import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

import { ICON } from "../icon.ts";
import { answerSchema } from "../model/answer.ts";
import type { LoadedModel } from "../model/loaded-model.ts";
import { requestSchema } from "../model/request-schema.ts";
import { InferenceProblemSchema, ProblemSchema } from "../problem-schema.ts";
import { securityScheme } from "./auth.ts";

const TITLE = "Slipway prediction API";

/** The bar on top in our colour, and the icon no larger than its text. */
const STYLE = `
.swagger-ui .topbar { background: #0f766e; padding: 6px 0 }
.swagger-ui .topbar .link { max-width: none }
.swagger-ui .topbar img { height: 36px }
.swagger-ui .topbar .download-url-wrapper { display: none }
.swagger-ui .topbar .link::after { content: "${TITLE}"; padding-left: 12px; color: #fff; font: 600 18px system-ui, sans-serif }
`;

/** Schemas that routes refer to and that the served model fills in. */
const OF_THE_MODEL = ["Features", "Prediction"];

/**
 * OpenAPI at `/docs/json`, a page at `/docs`. Every route brings its own schemas; what they say of features and
 * predictions follows the model that serves right now.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  // The model in use decides what is valid, and it changes while the server runs: schemas describe. That they
  // describe what routes really read and answer is what test/openapi.test.ts holds them to.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  for (const $id of OF_THE_MODEL) {
    app.addSchema({ $id, type: "object", description: "Described once a model is loaded" });
  }
  app.addSchema(ProblemSchema);
  app.addSchema(InferenceProblemSchema);
  const { oidc } = app.config;
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: TITLE, version: "1" },
      tags: ["predict", "system", "mlflow", "open inference protocol"].map((name) => ({ name })),
      ...(oidc && { components: { securitySchemes: securityScheme(oidc) } }),
    },
    refResolver: { buildLocalReference: ({ $id }) => $id as string },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    theme: {
      title: TITLE,
      favicon: [
        { filename: "icon.svg", rel: "icon", sizes: "any", type: "image/svg+xml", content: ICON },
      ],
      css: [{ filename: "slipway.css", content: STYLE }],
    },
    logo: { type: "image/svg+xml", content: ICON, href: "/docs", target: "_self" },
    transformSpecification: (specification) => {
      const model = app.models.peek();
      return model === undefined ? specification : withModel(specification, model);
    },
  });
}

/** The document with the model's title, features and predictions. */
function withModel(
  document: Readonly<Record<string, unknown>>,
  { name, version, package: pack }: LoadedModel,
) {
  const components = document["components"] as { schemas?: object };
  return {
    ...document,
    info: { title: pack.title, description: pack.description ?? "", version: `${name}/${version}` },
    components: {
      ...components,
      schemas: {
        ...components.schemas,
        Features: requestSchema(pack),
        Prediction: answerSchema(pack),
      },
    },
  };
}
