import type { FastifyPluginCallback } from "fastify";

import { noModel } from "../problem.ts";
import {
  HEALTH_SCHEMA,
  METRICS_SCHEMA,
  MODEL_SCHEMA,
  READY_SCHEMA,
  ROOT_SCHEMA,
} from "./system-schemas.ts";

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
  const identity = () => {
    const model = app.models.peek();
    return model === undefined ? null : { name: model.name, version: model.version };
  };

  app.get("/", { schema: ROOT_SCHEMA }, () => ({
    name: "slipway-serving",
    model: identity(),
    links: LINKS,
  }));

  app.get("/health", { schema: HEALTH_SCHEMA }, () => ({
    status: "healthy",
    model_loaded: app.models.peek() !== undefined,
    model: identity(),
    registry: app.models.status,
  }));

  app.get("/ready", { schema: READY_SCHEMA }, () => {
    if (app.draining) throw noModel("The server is shutting down.");
    app.models.current();
    return { status: "ready", model: identity() };
  });

  app.get("/metrics", { schema: METRICS_SCHEMA }, async (_request, reply) => {
    reply.type(app.metrics.registry.contentType);
    return app.metrics.registry.metrics();
  });

  app.get("/model", { schema: MODEL_SCHEMA }, () => {
    const { name, version, package: pack } = app.models.current();
    const { title, description, task, output, classes, positive, risk_bands, example, features } =
      pack;
    const { threshold, interval, license, contact, limitations } = pack;
    const { git_sha, metrics, rows, understanding, importance } = pack.training;
    return {
      ...{ name, version, title, description, task, output, classes, positive, risk_bands },
      ...{ threshold, interval, features, example, license, contact, limitations },
      training: { git_sha, metrics, rows, understanding, importance },
    };
  });
  done();
};
