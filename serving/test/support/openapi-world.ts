import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";

import type { FastifyInstance } from "fastify";

import type { LoadedModel } from "../../src/model/loaded-model.ts";
import { AUDIENCE, OidcServer } from "./oidc-server.ts";
import { appOn, appWith, closeApps, until } from "./app.ts";
import { temporaryFolder } from "./packages.ts";

/** A server that requests are sent to, by what is special about it. */
export type ServerName = "usual" | "closed" | "keepless" | "empty" | "failing";

/** A request; `headers` may hold a header several times. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** An answer as it came over the wire. */
interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Small, so that a body or a batch is soon too large. */
const LIMITS = { MAX_BODY_BYTES: "20000", MAX_ROWS: "50" };

/** Servers of one model on real ports: open, with tokens, without a prediction log, without a model, and with a graph that fails. */
export class OpenApiWorld {
  readonly servers: Readonly<Record<ServerName, string>>;
  readonly model: LoadedModel;
  /** A token that lacks the scope which the server `closed` requires. */
  readonly token: string;
  readonly #issuer: OidcServer;

  constructor(
    servers: Record<ServerName, string>,
    model: LoadedModel,
    token: string,
    issuer: OidcServer,
  ) {
    this.servers = servers;
    this.model = model;
    this.token = token;
    this.#issuer = issuer;
  }

  async ask(server: ServerName, { method, path, headers = {}, body }: WireRequest) {
    // A header given as an array would be joined by Node where HTTP allows only one: lines are written out.
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().flatMap((one) => [name, one]),
    );
    const url = new URL(this.servers[server] + path);
    const length = body === undefined ? [] : ["content-length", `${Buffer.byteLength(body)}`];
    const sent = httpRequest(url, { method, headers: ["host", url.host, ...lines, ...length] });
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [
      NodeJS.ReadableStream & { statusCode: number; headers: IncomingHttpHeaders },
    ];
    const { statusCode: status, headers: received } = answer;
    return { status, headers: received, body: await buffer(answer) } satisfies WireAnswer;
  }

  async stop(): Promise<void> {
    await closeApps();
    await this.#issuer.stop();
  }
}

/** Starts the servers. */
export async function startOpenApiWorld(): Promise<OpenApiWorld> {
  const issuer = await OidcServer.start();
  const tokens = { OIDC_ISSUER: issuer.issuer, OIDC_AUDIENCE: AUDIENCE };
  const keeping = { CAPTURE_URL: `file://${temporaryFolder()}` };
  const usual = await appWith("titanic", { ...LIMITS, ...keeping });
  const keepless = await appWith("titanic");
  const closed = await appWith("titanic", { ...tokens, OIDC_REQUIRED_SCOPE: "admin" });
  const failing = await appWith("titanic");
  Object.assign(failing.models.current(), {
    score: () => Promise.reject(new Error("the graph failed")),
  });
  const empty = await appOn(temporaryFolder(), keeping);
  const urls = {
    usual: await listen(usual),
    closed: await listen(closed),
    keepless: await listen(keepless),
    empty: await listen(empty),
    failing: await listen(failing),
  };
  await until(async () => (await closed.inject("/predict/demo")).statusCode === 401 || undefined);
  return new OpenApiWorld(urls, usual.models.current(), await issuer.token(), issuer);
}

function listen(app: FastifyInstance): Promise<string> {
  return app.listen({ host: "127.0.0.1", port: 0 });
}
