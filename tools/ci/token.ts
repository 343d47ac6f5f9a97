import { z } from "zod";
import { Failure } from "../local/failure.ts";

/** Issuer and audience of a stack whose predictions need a token. */
export interface Auth {
  issuer: string;
  audience: string;
}

const discovery = z.object({ token_endpoint: z.string() });
const answer = z.object({ access_token: z.string() });

/**
 * A token for machines (OAuth 2.0 client credentials, RFC 6749 section 4.4) of the account in OIDC_CLIENT_ID and
 * OIDC_CLIENT_SECRET; undefined where predictions need none. SLIPWAY_TOKEN takes precedence.
 *
 * @throws Failure that names what is missing, or what the issuer answered.
 */
export async function tokenFor(auth: Auth | undefined): Promise<string | undefined> {
  if (auth === undefined) return undefined;
  const { SLIPWAY_TOKEN, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = process.env;
  if (SLIPWAY_TOKEN) return SLIPWAY_TOKEN;
  if (!OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET) {
    throw new Failure(
      "predictions of this stack need a token: set the variable OIDC_CLIENT_ID and the secret OIDC_CLIENT_SECRET of an " +
        "account for machines (docs/ci.md#tokens)",
      4,
    );
  }
  const issuer = auth.issuer.replace(/\/$/, "");
  const { token_endpoint } = discovery.parse(
    await asked(`${issuer}/.well-known/openid-configuration`),
  );
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: OIDC_CLIENT_ID,
    client_secret: OIDC_CLIENT_SECRET,
    audience: auth.audience,
  });
  return answer.parse(await asked(token_endpoint, { method: "POST", body: form })).access_token;
}

async function asked(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) }).catch(
    (error: unknown) => {
      throw new Failure(`the issuer does not answer at ${url}: ${String(error)}`, 4);
    },
  );
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Failure(
    `the issuer answered ${response.status} at ${url}: ${text.slice(0, 300)}\n` +
      "→ the account for machines is unknown or its secret has expired: renew OIDC_CLIENT_SECRET (docs/ci.md#tokens)",
    4,
  );
}
