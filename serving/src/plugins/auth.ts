import type { FastifyContextConfig, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import "@fastify/swagger";
import { IssuerKeys, KeysUnavailable, type KeyTimes } from "../auth/issuer-keys.ts";
import type { OidcSettings } from "../auth/settings.ts";
import { TokenRefused, verifyToken } from "../auth/verify-token.ts";
import { Problem } from "../problem.ts";

/** What the plugin `auth` takes. */
export interface AuthOptions extends OidcSettings {
  /** How the key cache behaves; tests shorten it. */
  times?: KeyTimes;
}

/** Makes this API an OAuth 2.0 resource server (RFC 6750): a request without a valid bearer token ends before its body is read. */
export const auth = fastifyPlugin<AuthOptions>((app, { times, ...settings }, done) => {
  const keys = new IssuerKeys(settings.issuer, app.log, times);
  app.addHook("onReady", (ready) => {
    // Not awaited: the service starts without its issuer and answers 503 until the keys are there.
    void keys.start();
    ready();
  });
  app.addHook("onClose", () => {
    keys.stop();
  });
  app.addHook("onRoute", (route) => {
    if (!isProtected(route.method, route.config)) return;
    route.schema = { ...route.schema, security: [{ oidc: [...settings.requiredScopes] }] };
  });
  app.addHook("onRequest", async (request) => {
    const { url, config } = request.routeOptions;
    if (url === undefined || !isProtected(request.method, config)) return;
    try {
      keys.requireKeys();
      await verifyToken(bearerToken(request), settings, keys.get);
    } catch (error) {
      throw refusal(error, settings);
    }
  });
  done();
});

/** OpenAPI's description of the token that protected routes name as `oidc`. */
export function securityScheme({ issuer }: OidcSettings) {
  const openIdConnectUrl = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  return { oidc: { type: "openIdConnect" as const, openIdConnectUrl } };
}

/**
 * Predictions need a token, and so does whatever is not a plain read, should a route forget to say
 * that it predicts. Probes, metrics, pages and what describes the model stay open.
 */
function isProtected(method: string | string[], config?: FastifyContextConfig): boolean {
  return config?.prediction === true || [method].flat().some((one) => !/^(GET|HEAD)$/.test(one));
}

/** RFC 6750, section 2.1. Throws the Problem for a request that carries no token, or more than one. */
function bearerToken(request: FastifyRequest): string {
  // Node keeps only the first of two Authorization fields; another hop may have judged the second.
  const names = request.raw.rawHeaders.filter((_, i) => i % 2 === 0);
  if (names.filter((name) => name.toLowerCase() === "authorization").length > 1) {
    throw challenge(400, "invalid_request", "send one Authorization header, not several");
  }
  const [scheme, token, ...rest] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer") {
    // No error code: RFC 6750, section 3.1, for a request that carries no such credentials.
    throw challenge(401, undefined, "this route needs a bearer token in the Authorization header");
  }
  if (token === undefined || token === "" || rest.length > 0) {
    throw challenge(
      401,
      "invalid_token",
      "the Authorization header must be 'Bearer' and one token",
    );
  }
  return token;
}

/** Turns what a check threw into the answer's Problem. */
function refusal(error: unknown, { requiredScopes }: OidcSettings): unknown {
  if (error instanceof TokenRefused) {
    return error.error === "insufficient_scope"
      ? challenge(403, error.error, error.message, `, scope="${requiredScopes.join(" ")}"`)
      : challenge(401, error.error, error.message);
  }
  if (error instanceof KeysUnavailable) {
    return new Problem(503, "no-keys", error.message, { headers: { "retry-after": "5" } });
  }
  return error;
}

function challenge(status: number, error: string | undefined, detail: string, more = ""): Problem {
  const code = error === undefined ? "" : `, error="${error}", error_description="${detail}"`;
  const kind = status === 403 ? "forbidden" : status === 400 ? "malformed" : "unauthorized";
  const headers = { "www-authenticate": `Bearer realm="slipway"${code}${more}` };
  return new Problem(status, kind, detail, { headers });
}
