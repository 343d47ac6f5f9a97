import Fastify, { LogController, type FastifyInstance } from "fastify";

import { capturing, type Capture } from "./capture/capturing.ts";
import type { Config } from "./config.ts";
import type { Metrics } from "./metrics.ts";
import type { ModelManager } from "./model/manager.ts";
import { auth } from "./plugins/auth.ts";
import { clientErrorHandler, frameworkErrors, useProblems } from "./plugins/errors.ts";
import { acceptJson } from "./plugins/json-body.ts";
import { observeRequests, requestIds } from "./plugins/observe.ts";
import { describeApi } from "./plugins/openapi.ts";
import { shedUnderPressure } from "./plugins/shedding.ts";
import { mlflowProtocol } from "./protocols/mlflow/plugin.ts";
import { openInferenceProtocol } from "./protocols/open-inference/plugin.ts";
import { explainRoute } from "./routes/explain.ts";
import { feedbackRoute } from "./routes/feedback.ts";
import { predictRoutes } from "./routes/predict.ts";
import { systemRoutes } from "./routes/system.ts";

declare module "fastify" {
  interface FastifyInstance {
    readonly config: Config;
    readonly models: ModelManager;
    readonly metrics: Metrics;
    /** What keeps predictions and labels; undefined: nothing does. */
    readonly capture: Capture | undefined;
    /** True from the first sign of shutting down: `/ready` then says 503. */
    draining: boolean;
  }
  interface FastifyContextConfig {
    /** The route predicts: it needs a token where tokens are required, and may be shed. */
    prediction?: boolean;
    /** The route reads a body and may be shed, without being a prediction. */
    bounded?: boolean;
  }
}

/** What the application is made of; `server.ts` brings the real ones. */
export interface AppParts {
  readonly config: Config;
  readonly metrics: Metrics;
  /** Makes the models' manager, which logs where the application logs. */
  readonly manage: (log: FastifyInstance["log"]) => ModelManager;
}

/** Builds the HTTP application without listening and without looking for a model. */
export async function buildApp({ config, metrics, manage }: AppParts): Promise<FastifyInstance> {
  const { limits } = config;
  const app = Fastify({
    logger: { level: config.logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger a request costs more than the request's validation; ids are logged by name.
    childLoggerFactory: (logger) => logger,
    genReqId: requestIds(),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestSeconds * 1000,
    // Node looks for late requests every 30 s by default, whatever the limits.
    http: { headersTimeout: limits.headersSeconds * 1000, connectionsCheckingInterval: 1000 },
    // While closing, a request on an open connection is answered and the connection then closed.
    return503OnClosing: false,
    frameworkErrors,
    clientErrorHandler,
  });
  const models = manage(app.log);
  app.decorate("config", config);
  app.decorate("metrics", metrics);
  app.decorate("models", models);
  app.decorate("draining", false);
  app.decorate("capture", capturing(config, metrics, app.log));
  useProblems(app);
  acceptJson(app, limits.depth);
  observeRequests(app, metrics);
  shedUnderPressure(app, limits, metrics, () => models.queuedRows);
  await describeApi(app);
  if (config.oidc !== undefined) await app.register(auth, config.oidc);
  await app.register(systemRoutes);
  await app.register(predictRoutes);
  await app.register(explainRoute);
  await app.register(feedbackRoute);
  await app.register(mlflowProtocol);
  await app.register(openInferenceProtocol, { prefix: "/v2" });
  app.addHook("onClose", () => models.stop());
  app.addHook("onClose", () => app.capture?.log.close());
  return app;
}
