import type { FastifyPluginCallback } from "fastify";

import { noModel } from "../problem.ts";

const LINKS = {
  docs: "/docs",
  model: "/model",
  predict: "/predict",
  demo: "/predict/demo",
  health: "/health",
  ready: "/ready",
  metrics: "/metrics",
};

/** Probes, metrics and what a person or a page wants to know of the server. Never shed. */
export const systemRoutes: FastifyPluginCallback = (app, _options, done) => {
  const tags = ["system"];
  const identity = () => {
    const model = app.models.peek();
    return model === undefined ? null : { name: model.name, version: model.version };
  };

  app.get("/", { schema: { tags, summary: "Name, model and links" } }, () => ({
    name: "slipway-serving",
    model: identity(),
    links: LINKS,
  }));

  app.get("/health", { schema: { tags, summary: "Liveness, with the model's state" } }, () => ({
    status: "healthy",
    model_loaded: app.models.peek() !== undefined,
    model: identity(),
    registry: app.models.status,
  }));

  app.get("/ready", { schema: { tags, summary: "200 once a model is loaded" } }, () => {
    if (app.draining) throw noModel("The server is shutting down.");
    app.models.current();
    return { status: "ready", model: identity() };
  });

  app.get("/metrics", { schema: { tags, summary: "Prometheus text" } }, async (_request, reply) => {
    reply.type(app.metrics.registry.contentType);
    return app.metrics.registry.metrics();
  });

  app.get("/model", { schema: { tags, summary: "What the model is and takes" } }, () => {
    const { name, version, package: pack } = app.models.current();
    const { title, description, task, output, classes, positive, risk_bands, example } = pack;
    const features = pack.features.map((feature) => ({ ...feature, histogram: undefined }));
    const { git_sha, metrics, rows } = pack.training;
    return {
      ...{ name, version, title, description, task, output, classes, positive, risk_bands },
      ...{ features, example, training: { git_sha, metrics, rows } },
    };
  });
  done();
};
