import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { problem, unknownModel } from "./problem.ts";
import type { Settings } from "./settings.ts";
import { VersionReader } from "./version-reader.ts";

interface Route {
  Params: { name: string; version: string; plot: string };
  Querystring: { before?: unknown };
}

/**
 * What the page's view *Models* asks: each is answered in a form of its own, from what MLflow says, so that no browser
 * talks to MLflow and nobody chooses what is asked there.
 */
export function addVersionRoutes(app: FastifyInstance, { models, mlflow }: Settings): void {
  const reader = mlflow && new VersionReader(mlflow);
  const known = new Set(models.map(({ name }) => name));

  /** A route below a model's name, which the page must know. */
  const of = (
    path: string,
    answer: (
      reader: VersionReader,
      request: FastifyRequest<Route>,
      reply: FastifyReply,
    ) => Promise<unknown>,
  ) =>
    app.get<Route>(`/api/models/:name/versions${path}`, async (request, reply) => {
      const { name } = request.params;
      reply.header("cache-control", "no-store");
      if (!known.has(name)) return unknownModel(reply, name, models);
      // As for the environment: null where there is nobody to ask.
      if (reader === undefined) return reply.type("application/json").send("null");
      return answer(reader, request, reply);
    });

  of("", async (reader, { params, query }, reply) => {
    const { before } = query;
    if (before === undefined) return reader.versions(params.name, undefined);
    if (typeof before !== "string" || !VERSION.test(before)) {
      return problem(reply, 400, "Bad request", "'before' must be the number of a version.");
    }
    return reader.versions(params.name, Number(before));
  });
  of("/:version/plots", async (reader, { params: { name, version } }, reply) => {
    const plots = VERSION.test(version) ? await reader.plots(name, version) : undefined;
    return plots ?? problem(reply, 404, "Unknown version", `${name} has no version '${version}'.`);
  });
  of("/:version/plots/:plot", async (reader, { params: { name, version, plot } }, reply) => {
    const picture = VERSION.test(version) ? await reader.plot(name, version, plot) : undefined;
    if (picture === undefined) {
      return problem(reply, 404, "No such plot", `Version '${version}' has no plot of that name.`);
    }
    return reply.header("cache-control", "private, max-age=300").type("image/png").send(picture);
  });
}

const VERSION = /^[1-9]\d{0,8}$/;
