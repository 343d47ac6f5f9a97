import fastifyStatic from "@fastify/static";
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { EnvironmentWatch } from "./environment.ts";
import { GatewayError } from "./gateway.ts";
import { ask, modelStatus } from "./prediction-api.ts";
import { problem, unknownModel } from "./problem.ts";
import type { ModelApi, Settings } from "./settings.ts";
import type { ModelStatus } from "./status.ts";
import { addVersionRoutes } from "./version-routes.ts";

/** As long as a body may be that an API takes by default. */
const BODY_LIMIT = 1024 * 1024;

const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** How long an API may take to come up, in milliseconds: pulling its image and loading a model. */
const STARTUP = 120_000;

/**
 * The page's server: static files, and the few requests that are passed on to each prediction API, so that a
 * browser needs one origin only and the APIs need not be public.
 *
 * @param pageRoot folder that holds the built page
 * @param startup how long an API that has never answered counts as starting, in milliseconds
 */
export async function buildApp(
  settings: Settings,
  pageRoot: string,
  startup = STARTUP,
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: settings.logLevel },
    bodyLimit: BODY_LIMIT,
    // Probes and the page's polls would drown everything else.
    logController: new LogController({
      disableRequestLogging: ({ url }) => /^\/(health|api\/(models|environment))$/.test(url),
    }),
    forceCloseConnections: "idle",
  });
  app.addHook("onRequest", async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) =>
    problem(reply, 404, "Not found", `There is no ${request.method} ${request.url} here.`),
  );
  // Answers of an API are never compressed: their length would tell of secrets beside what a caller chose (BREACH).
  await app.register(fastifyStatic, { root: pageRoot, preCompressed: true });
  app.get("/health", () => ({ status: "healthy" }));
  addModelRoutes(app, settings, startup);
  addEnvironmentRoute(app, settings);
  addVersionRoutes(app, settings);
  return app;
}

/** `null` where the environment has no Prometheus of its own to ask. */
function addEnvironmentRoute(app: FastifyInstance, { prometheus, models }: Settings): void {
  const watch = prometheus === undefined ? null : new EnvironmentWatch(prometheus, models);
  app.get("/api/environment", async (_request, reply) => {
    const status = (await watch?.status()) ?? null;
    return reply
      .header("cache-control", "no-store")
      .type("application/json")
      .send(JSON.stringify(status));
  });
}

function addModelRoutes(
  app: FastifyInstance,
  { models, timeout }: Settings,
  startup: number,
): void {
  const byName = new Map(models.map((model) => [model.name, model]));

  const started = performance.now();
  const answered = new Set<string>();
  /** Page and APIs come up together: what has never answered is no failure before it had its time. */
  const statusOf = async (model: ModelApi): Promise<ModelStatus> => {
    const mayStart = !answered.has(model.name) && performance.now() - started < startup;
    const status = await modelStatus(model, timeout, mayStart);
    if (status.status === "healthy" || status.status === "not ready") answered.add(model.name);
    return model.docs === undefined ? status : { ...status, docs: model.docs };
  };

  // The text goes through as it is: parsing belongs to the API, which says what is wrong and where.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    done(null, body);
  });
  app.get("/api/models", async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return Promise.all(models.map(statusOf));
  });
  app.get<ByName>("/api/models/:name", (request, reply) =>
    handOn(request, reply, "/model", { headers: authorization(request) }),
  );
  const questions = { predict: "/predict", explore: "/predict?explore=true", explain: "/explain" };
  for (const [question, path] of Object.entries(questions)) {
    app.post<ByName>(`/api/models/:name/${question}`, (request, reply) =>
      handOn(request, reply, path, {
        method: "POST",
        headers: { ...authorization(request), "content-type": "application/json" },
        body: request.body as string,
      }),
    );
  }

  async function handOn(
    request: FastifyRequest<ByName>,
    reply: FastifyReply,
    path: string,
    message: Parameters<typeof ask>[2],
  ): Promise<FastifyReply> {
    const { name } = request.params;
    const api: ModelApi | undefined = byName.get(name);
    if (api === undefined) return unknownModel(reply, name, models);
    const answer = await ask(api, path, message, timeout);
    reply.header("cache-control", "no-store");
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  }
}

interface ByName {
  Params: { name: string };
}

function authorization({ headers }: FastifyRequest): Record<string, string> {
  return headers.authorization === undefined ? {} : { authorization: headers.authorization };
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof GatewayError) {
    request.log.warn({ err: error }, "a server behind this one failed");
    const title = { 502: "Unreachable", 503: "Busy", 504: "Too slow" }[error.status];
    return problem(reply, error.status, title, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return problem(reply, status, "Bad request", error.message);
  request.log.error({ err: error }, "request failed");
  return problem(reply, 500, "Internal error", "The page's server failed; see its log.");
}
