import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, SignJWT, exportJWK, generateKeyPair } from "jose";
import Provider, { type JWK } from "oidc-provider";

/** Name of the environment at the provider. */
export const CLIENT = "slipway-dev";
export const CLIENT_SECRET = "not-a-secret-of-slipway-dev";

/** A real OpenID provider (oidc-provider, certified by the OpenID Foundation) that people log in at, by name alone. */
export class PeopleProvider {
  readonly issuer: string;
  /** Requests for its keys so far. */
  keyRequests = 0;
  /** Groups by person. */
  readonly groups: Record<string, string[]> = {};
  readonly key: CryptoKey;
  readonly #server: Server;
  #listener: RequestListener;

  private constructor(server: Server, key: CryptoKey, jwk: JWK, redirects: string[]) {
    this.#server = server;
    this.key = key;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#listener = this.#provider(jwk, redirects);
    server.on("request", (request, response) => {
      if (request.url === "/jwks") this.keyRequests++;
      this.#listener(request, response);
    });
  }

  /** @param redirects where people may be sent back to. */
  static async start(redirects: string[] = []): Promise<PeopleProvider> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: "one", alg: "RS256", use: "sig" } as JWK;
    return new PeopleProvider(server, privateKey, jwk, redirects);
  }

  #provider(jwk: JWK, redirects: string[]): RequestListener {
    const callback = new Provider(this.issuer, {
      jwks: { keys: [jwk] },
      clients: [
        {
          client_id: CLIENT,
          client_secret: CLIENT_SECRET,
          redirect_uris: redirects.length > 0 ? redirects : ["http://127.0.0.1/nowhere"],
        },
      ],
      claims: { openid: ["sub"], email: ["email", "email_verified"], groups: ["groups"] },
      scopes: ["openid", "email", "groups"],
      // Beside the claims of its scopes, as Keycloak and Entra have it.
      conformIdTokenClaims: false,
      cookies: { keys: ["a key for tests"] },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({
          sub: id,
          email: id,
          email_verified: true,
          groups: this.groups[id] ?? [],
        }),
      }),
    }).callback();
    return (request, response) => void callback(request, response);
  }

  /** A token as the provider would give it to somebody, correct but for `parts`; undefined removes a claim. */
  sign(
    email: string,
    groups: unknown,
    parts: { claims?: object; header?: object; key?: CryptoKey } = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const good = { iss: this.issuer, aud: CLIENT, sub: email, iat: now, exp: now + 300 };
    return new SignJWT({ ...good, email, groups, ...parts.claims })
      .setProtectedHeader({ alg: "RS256", kid: "one", ...parts.header })
      .sign(parts.key ?? this.key);
  }

  /** Answers every request so from now on. */
  answer(status: number): void {
    this.#listener = (_, response) => {
      response.writeHead(status).end();
    };
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, "close");
  }
}

/** A person's browser, as far as a login needs one: it keeps cookies, follows, and fills in the provider's own forms. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async ask(
    url: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie, accept: "text/html", ...headers },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const [name = "", ...rest] = pair.split("=");
      const value = rest.join("=");
      if (value === "" || /expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Opens a page and logs in as somebody where the provider asks; gives what is shown in the end. */
  async open(page: string, person: string): Promise<{ status: number; text: string; url: string }> {
    let [url, form]: [string, Record<string, string> | undefined] = [page, undefined];
    for (let steps = 0; steps < 20; steps++) {
      const response = await this.ask(url, form);
      form = undefined;
      const next = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && next !== null) {
        url = new URL(next, url).href;
        continue;
      }
      const text = await response.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1];
      const action = /action="([^"]+)"/.exec(text)?.[1];
      if (prompt === undefined || action === undefined)
        return { status: response.status, text, url };
      url = new URL(action, url).href;
      form = { prompt, ...(prompt === "login" && { login: person, password: "any" }) };
    }
    return assert.fail(`${page} leads in a circle`);
  }
}
