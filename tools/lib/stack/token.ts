import { Failure } from "../failure.ts";

/** OIDC settings of a stack. */
export interface Auth {
  issuer: string;
  audience: string;
}

/**
 * A token of the OAuth2 client-credentials grant (RFC 6749, 4.4), for SLIPWAY_CLIENT_ID and SLIPWAY_CLIENT_SECRET;
 * undefined without them, and then a check expects to be refused. SLIPWAY_TOKEN is taken as it is.
 *
 * @throws Failure with what the issuer answered; never with the secret.
 */
export async function fetchToken({ issuer, audience }: Auth): Promise<string | undefined> {
  const { SLIPWAY_TOKEN, SLIPWAY_CLIENT_ID: id, SLIPWAY_CLIENT_SECRET: secret } = process.env;
  if (SLIPWAY_TOKEN) return SLIPWAY_TOKEN;
  if (!id && !secret) return undefined;
  if (!id || !secret) {
    throw new Failure(
      "SLIPWAY_CLIENT_ID and SLIPWAY_CLIENT_SECRET are needed together, for a token",
    );
  }
  const discovery = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { token_endpoint: endpoint } = await ask(discovery);
  if (typeof endpoint !== "string")
    throw new Failure(
      `${discovery} names no token_endpoint: is 'slipway:auth.issuer' an OIDC issuer?`,
    );
  const { access_token: token } = await ask(endpoint, {
    method: "POST",
    headers: { authorization: `Basic ${basic(id, secret)}` },
    body: tokenRequest(audience),
  });
  if (typeof token !== "string")
    throw new Failure(
      `${endpoint} gave no access_token: allow the client the grant client_credentials (docs/ci.md#tokens)`,
    );
  return token;
}

/**
 * Issuers differ in how an audience is asked for: by `audience`, by RFC 8707's `resource`, which is a URI, or by a scope,
 * SLIPWAY_CLIENT_SCOPE.
 */
function tokenRequest(audience: string): URLSearchParams {
  const scope = process.env["SLIPWAY_CLIENT_SCOPE"];
  return new URLSearchParams({
    ...{ grant_type: "client_credentials", audience },
    ...(URL.canParse(audience) ? { resource: audience } : {}),
    ...(scope ? { scope } : {}),
  });
}

/** Both are form-encoded first (RFC 6749, 2.3.1). */
function basic(id: string, secret: string): string {
  const pair = [id, secret].map((part) => encodeURIComponent(part)).join(":");
  return Buffer.from(pair).toString("base64");
}

async function ask(url: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(15_000) }).catch(
    (error: unknown) => {
      throw new Failure(
        `${url} cannot be reached: ${String((error as Error).cause ?? error)}; check 'slipway:auth.issuer' and the network`,
      );
    },
  );
  const text = await response.text();
  if (!response.ok) {
    const { error, error_description: description } = parsed(text);
    const why = [error, description].filter((part) => typeof part === "string").join(": ");
    throw new Failure(
      `${url} answered ${response.status}${why && `: ${why}`}; docs/ci.md#tokens says what the client needs`,
    );
  }
  return parsed(text);
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
