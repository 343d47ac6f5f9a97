import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import type { OidcSettings } from "./settings.ts";

/** Longer tokens are refused unread; Node's limit for all headers together is 16 KiB. */
const MAX_TOKEN_LENGTH = 8192;
/** Seconds by which the issuer's clock and ours may differ. */
const CLOCK_TOLERANCE = 5;
/** RFC 8725, section 3.1: a fixed list; asymmetric only, so a public key can never pass as a shared secret. */
const ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");
/** RFC 9068 says `at+jwt`; many issuers still write `JWT` or nothing. Tokens made for another use say so, and are refused. */
const TYPES: unknown[] = ["at+jwt", "application/at+jwt", "jwt", "application/jwt", undefined];

/** A refused token; `error` is RFC 6750's code. The message describes the rule, never the token. */
export class TokenRefused extends Error {
  readonly error: "invalid_token" | "insufficient_scope";

  constructor(error: "invalid_token" | "insufficient_scope", message: string) {
    super(message);
    this.error = error;
  }
}

/** Checks a bearer token against RFC 8725 and the settings; throws TokenRefused, or what `getKey` throws. */
export async function verifyToken(
  token: string,
  settings: OidcSettings,
  getKey: JWTVerifyGetKey,
): Promise<void> {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new TokenRefused("invalid_token", `the token exceeds ${MAX_TOKEN_LENGTH} characters`);
  }
  if (!isCompact(token)) throw new TokenRefused("invalid_token", "the token is malformed");
  const payload = await verified(token, settings, getKey);
  const granted = scopes(payload);
  if (!settings.requiredScopes.every((scope) => granted.includes(scope))) {
    throw new TokenRefused("insufficient_scope", "the token lacks a scope that this API requires");
  }
}

/**
 * RFC 7515, sections 2 and 7.1: three parts of base64url without padding, each written in the one canonical way. Decoders take more,
 * so that one token would have many texts, and a list of revoked ones would miss all but one.
 */
function isCompact(token: string): boolean {
  const parts = token.split(".");
  const canonical = (part: string) => Buffer.from(part, "base64url").toString("base64url") === part;
  return parts.length === 3 && parts.every(canonical);
}

async function verified(
  token: string,
  { issuer, audience }: OidcSettings,
  getKey: JWTVerifyGetKey,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keyById(getKey), {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ["exp"],
    });
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new TokenRefused("invalid_token", explain(error));
  }
}

/** Refuses, before any key is looked up, a header that names no key or another kind of token. */
function keyById(getKey: JWTVerifyGetKey): JWTVerifyGetKey {
  return (header, token) => {
    if (typeof header.kid !== "string") {
      throw new TokenRefused("invalid_token", "the token's header names no key ('kid')");
    }
    const type: unknown = header.typ;
    if (!TYPES.includes(typeof type === "string" ? type.toLowerCase() : type)) {
      throw new TokenRefused("invalid_token", "the token's 'typ' is not that of an access token");
    }
    return getKey(header, token);
  };
}

/** jose's own messages hold quotes, which a challenge cannot; these hold nothing from the token but a claim's name. */
function explain(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the token's '${error.claim}' is ${error.reason === "missing" ? "missing" : "not accepted"}`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "the token's signature does not match";
  }
  if (error instanceof errors.JWKSNoMatchingKey) return "no key of the issuer matches the token";
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token's algorithm is not accepted";
  return "the token is malformed";
}

/** RFC 9068's `scope` is one string; some issuers write `scp`, a string or a list. */
function scopes(payload: JWTPayload): string[] {
  return [payload["scope"], payload["scp"]]
    .flat()
    .flatMap((value) => (typeof value === "string" ? value.split(" ") : []));
}
