import assert from "node:assert/strict";
import { Writable } from "node:stream";

import Fastify, { type FastifyInstance } from "fastify";

import { auth } from "../../src/plugins/auth.ts";
import { Problem } from "../../src/problem.ts";
import { AUDIENCE, type OidcServer } from "./oidc-server.ts";

const TIMES = { cooldown: 150, retry: 50, maxAge: 600_000 };

/** How an API under test differs from the usual. */
export interface ApiOptions {
  scopes?: string[];
  times?: Partial<typeof TIMES>;
  /** Whether to wait until it has its issuer's keys. */
  wait?: boolean;
}

/** An API with one protected and one open route behind the real plugin, and all that it logged. */
export class AuthApi {
  log = "";
  readonly app: FastifyInstance;

  private constructor() {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.log += chunk.toString();
        done();
      },
    });
    this.app = Fastify({ logger: { level: "trace", stream } });
  }

  static async start(issuer: OidcServer, options: ApiOptions = {}): Promise<AuthApi> {
    const { scopes = [], times = {}, wait = true } = options;
    const api = new AuthApi();
    const { app } = api;
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof Problem)) throw error;
      return reply.code(error.statusCode).headers(error.headers).send(error.toJSON());
    });
    const settings = { issuer: issuer.issuer, audience: AUDIENCE, requiredScopes: scopes };
    await app.register(auth, { ...settings, times: { ...TIMES, ...times } });
    app.post("/predict", () => ({ ok: true }));
    app.get("/health", () => ({ ok: true }));
    await app.ready();
    if (wait) await until(async () => (await api.call()).statusCode !== 503);
    return api;
  }

  call(authorization?: string) {
    const headers = authorization === undefined ? {} : { authorization };
    return this.app.inject({ method: "POST", url: "/predict", headers, payload: {} });
  }

  /** Expects 401 and returns the challenge's description. */
  async refused(token: string): Promise<string> {
    const response = await this.call(`Bearer ${token}`);
    assert.equal(response.statusCode, 401, response.body);
    const challenge = String(response.headers["www-authenticate"]);
    const parts = /^Bearer realm="slipway", error="invalid_token", error_description="([^"]+)"$/;
    const description = parts.exec(challenge)?.[1];
    assert.ok(description !== undefined, challenge);
    assert.equal(response.json<{ detail: string }>().detail, description);
    return description;
  }
}

/** Waits until something holds; fails after `limit` milliseconds. */
export async function until(reached: () => Promise<boolean>, limit = 5_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await reached())) {
    if (Date.now() > end) throw new Error(`not reached within ${limit} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
