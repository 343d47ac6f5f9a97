import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import Provider, { type JWK } from "oidc-provider";

export const AUDIENCE = "https://slipway.example/api";

/** What a hand-signed token may differ in from a good one. */
export interface TokenParts {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: CryptoKey;
}

/** A real OpenID Connect server (oidc-provider) whose keys can be rotated and which can be down. */
export class OidcServer {
  readonly issuer: string;
  /** Requests for the key set since the start. */
  keyRequests = 0;
  key: CryptoKey;
  kid: string;
  readonly #server: Server;
  readonly #port: number;
  #listener: RequestListener;

  private constructor(server: Server, key: SigningKey) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.issuer = `http://127.0.0.1:${this.#port}`;
    ({ key: this.key, kid: this.kid } = key);
    this.#listener = provider(this.issuer, key);
    server.on("request", (request, response) => {
      if (request.url === "/jwks") this.keyRequests += 1;
      this.#listener(request, response);
    });
  }

  static async start(): Promise<OidcServer> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    firstKey ??= signingKey("key-1");
    return new OidcServer(server, await firstKey);
  }

  /** A client-credentials token, as a pipeline would fetch it, for the resource `audience`. */
  async token(scope = "predict", audience = AUDIENCE): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("pipeline:not-a-secret")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope, resource: audience }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`the issuer gave no token: ${response.status}`);
    return token;
  }

  /** Signs a token with the issuer's own key, correct unless told otherwise; undefined removes a part. */
  async sign({ claims = {}, header = {}, key = this.key }: TokenParts = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const good = { iss: this.issuer, aud: AUDIENCE, sub: "pipeline", iat: now, exp: now + 300 };
    return new SignJWT({ ...good, scope: "predict", ...claims })
      .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: this.kid, ...header })
      .sign(key);
  }

  /** From now on only a new key signs, and only it is published. */
  async rotate(): Promise<void> {
    const key = await signingKey(`key-${Date.now()}`);
    ({ key: this.key, kid: this.kid } = key);
    this.#listener = provider(this.issuer, key);
  }

  /** Answers every request with `listener` instead, until the next rotation. */
  answer(listener: RequestListener): void {
    this.#listener = listener;
  }

  /** Stops listening; `resume` listens on the same port again. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async resume(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }
}

interface SigningKey {
  key: CryptoKey;
  kid: string;
  jwk: JWK;
}

/** Generating an RSA key takes up to a second: every server starts with the same. */
let firstKey: Promise<SigningKey> | undefined;

async function signingKey(kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" } as JWK;
  return { key: privateKey, kid, jwk };
}

function provider(issuer: string, { jwk }: SigningKey): RequestListener {
  const client = {
    client_id: "pipeline",
    client_secret: "not-a-secret",
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  };
  const callback = new Provider(issuer, {
    jwks: { keys: [jwk] },
    clients: [client],
    scopes: ["predict", "other"],
    ttl: { ClientCredentials: 300 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          audience,
          scope: "predict other",
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  }).callback();
  return (request, response) => void callback(request, response);
}
