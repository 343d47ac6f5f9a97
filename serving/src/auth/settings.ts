/** What this API, as an OAuth 2.0 resource server, accepts tokens from and for. */
export interface OidcSettings {
  /** The issuer's identifier, compared byte for byte with discovery and with the claim `iss`. */
  readonly issuer: string;
  /** The value that the claim `aud` must hold: this API, never a client's id. */
  readonly audience: string;
  /** Scopes that a token must all carry; none by default. */
  readonly requiredScopes: readonly string[];
}

/** The variables that `oidcSettings` reads. */
export interface OidcEnvironment {
  readonly OIDC_ISSUER?: string;
  readonly OIDC_AUDIENCE?: string;
  readonly OIDC_REQUIRED_SCOPE?: string;
}

/**
 * Reads `OIDC_ISSUER`, `OIDC_AUDIENCE` and `OIDC_REQUIRED_SCOPE` (space separated, optional).
 *
 * Returns `undefined` when none is set: the API is open. Throws one Error that names every problem, because a service that
 * was meant to be protected must not start open.
 */
export function oidcSettings(env: OidcEnvironment): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer = "", OIDC_AUDIENCE: audience = "" } = env;
  const requiredScopes = (env.OIDC_REQUIRED_SCOPE ?? "").split(" ").filter(Boolean);
  if (issuer === "" && audience === "" && requiredScopes.length === 0) return undefined;

  const problems: string[] = [];
  if (issuer === "") problems.push("'OIDC_ISSUER' is missing: set the issuer's URL");
  else if (!isIssuer(issuer)) {
    problems.push(
      `'OIDC_ISSUER' (${issuer}) is not an issuer: use an http(s) URL without user, query or fragment`,
    );
  }
  if (audience === "") {
    problems.push("'OIDC_AUDIENCE' is missing: set the audience that tokens for this API carry");
  }
  if (!requiredScopes.every((scope) => /^[!#-[\]-~]+$/.test(scope))) {
    problems.push("'OIDC_REQUIRED_SCOPE' holds a character that no scope may have (RFC 6749)");
  }
  if (problems.length > 0) {
    throw new Error(`OIDC is half configured; ${problems.join("; ")} (or unset all OIDC_*)`);
  }
  return { issuer, audience, requiredScopes };
}

/** OpenID Connect Discovery 1.0, section 2: a URL with neither query nor fragment. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ["http:", "https:"].includes(protocol) && username === "" && password === "";
}
