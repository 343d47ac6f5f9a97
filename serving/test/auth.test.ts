import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";

import Fastify, { type FastifyInstance } from "fastify";
import { exportSPKI, generateKeyPair, importJWK, type CryptoKey, type JWK } from "jose";

import { auth } from "../src/plugins/auth.ts";
import { Problem } from "../src/problem.ts";
import { AUDIENCE, OidcServer } from "./oidc-server.ts";

const TIMES = { cooldown: 150, retry: 50, maxAge: 600_000 };

describe("OIDC resource server", () => {
  let issuer: OidcServer;
  const apps: FastifyInstance[] = [];
  let log = "";

  beforeEach(async () => {
    issuer = await OidcServer.start();
    log = "";
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await issuer.stop();
  });

  /** An API with one protected and one open route, behind the real plugin; ready once its keys are. */
  async function api({ scopes = [] as string[], times = {}, wait = true } = {}) {
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log += chunk.toString();
        done();
      },
    });
    const app = Fastify({ logger: { level: "trace", stream } });
    apps.push(app);
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof Problem)) throw error;
      return reply.code(error.statusCode).headers(error.headers).send(error.toJSON());
    });
    const settings = { issuer: issuer.issuer, audience: AUDIENCE, requiredScopes: scopes };
    await app.register(auth, { ...settings, times: { ...TIMES, ...times } });
    app.post("/predict", () => ({ ok: true }));
    app.get("/health", () => ({ ok: true }));
    await app.ready();
    if (wait) await until(async () => (await call(app)).statusCode !== 503);
    return app;
  }

  function call(app: FastifyInstance, authorization?: string) {
    const headers = authorization === undefined ? {} : { authorization };
    return app.inject({ method: "POST", url: "/predict", headers, payload: {} });
  }

  /** Expects 401 and returns the challenge's description. */
  async function refused(app: FastifyInstance, token: string): Promise<string> {
    const response = await call(app, `Bearer ${token}`);
    assert.equal(response.statusCode, 401, response.body);
    const challenge = String(response.headers["www-authenticate"]);
    const parts = /^Bearer realm="slipway", error="invalid_token", error_description="([^"]+)"$/;
    const description = parts.exec(challenge)?.[1];
    assert.ok(description !== undefined, challenge);
    assert.equal(response.json<{ detail: string }>().detail, description);
    return description;
  }

  it("accepts a client-credentials token of the issuer", async () => {
    const response = await call(await api(), `Bearer ${await issuer.token()}`);
    assert.equal(response.statusCode, 200, response.body);
  });

  it("reads the scheme's name in any case", async () => {
    assert.equal((await call(await api(), `bEARER ${await issuer.token()}`)).statusCode, 200);
  });

  it("leaves open routes open", async () => {
    const app = await api();
    assert.equal((await app.inject("/health")).statusCode, 200);
    assert.equal((await app.inject("/nowhere")).statusCode, 404);
  });

  it("challenges a request without a token, without an error code", async () => {
    const app = await api();
    for (const authorization of [undefined, "", "Basic cGlwZWxpbmU6eA=="]) {
      const response = await call(app, authorization);
      assert.equal(response.statusCode, 401);
      assert.equal(response.headers["www-authenticate"], 'Bearer realm="slipway"');
    }
  });

  it("refuses a header that is not 'Bearer' and one token", async () => {
    const app = await api();
    const token = await issuer.token();
    for (const text of ["Bearer", "Bearer ", `Bearer ${token} x`, `Bearer ${token}, Bearer x`]) {
      const response = await call(app, text);
      assert.equal(response.statusCode, 401, text);
      assert.match(String(response.headers["www-authenticate"]), /error="invalid_token"/);
    }
  });

  it("refuses two Authorization headers, even when the first is good", async () => {
    const app = await api();
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    const good = `Bearer ${await issuer.token()}`;
    const headers = ["authorization", good, "authorization", good, "content-length", "0"];
    const answer = await new Promise<[number | undefined, unknown]>((resolve, reject) => {
      const options = { port, host: "127.0.0.1", path: "/predict", method: "POST", agent: false };
      httpRequest({ ...options, headers: ["host", "slipway", ...headers] }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headers["www-authenticate"]]);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(answer[0], 400);
    assert.match(String(answer[1]), /error="invalid_request"/);
  });

  it("refuses alg none", async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { iss: issuer.issuer, aud: AUDIENCE, exp: Date.now() / 1000 + 300 };
    const token = `${part({ alg: "none", kid: issuer.kid })}.${part(claims)}.`;
    assert.equal(await refused(await api(), token), "the token's algorithm is not accepted");
  });

  it("refuses HS256 signed with the issuer's public key as the secret", async () => {
    const publicKey = await publicPem(issuer);
    const secret = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(publicKey),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const token = await issuer.sign({ header: { alg: "HS256" }, key: secret });
    assert.equal(await refused(await api(), token), "the token's algorithm is not accepted");
  });

  const now = () => Math.floor(Date.now() / 1000);
  const rules: [string, () => Parameters<OidcServer["sign"]>[0], string][] = [
    [
      "another issuer",
      () => ({ claims: { iss: "https://other.example" } }),
      "'iss' is not accepted",
    ],
    ["no issuer", () => ({ claims: { iss: undefined } }), "'iss' is missing"],
    ["another audience", () => ({ claims: { aud: "pipeline" } }), "'aud' is not accepted"],
    ["no audience", () => ({ claims: { aud: undefined } }), "'aud' is missing"],
    ["an expiry that passed", () => ({ claims: { exp: now() - 10 } }), "has expired"],
    ["no expiry", () => ({ claims: { exp: undefined } }), "'exp' is missing"],
    ["a time to come", () => ({ claims: { nbf: now() + 60 } }), "'nbf' is not accepted"],
    ["no key id", () => ({ header: { kid: undefined } }), "names no key"],
    ["an unknown key id", () => ({ header: { kid: "other" } }), "no key of the issuer matches"],
    ["the type of another use", () => ({ header: { typ: "logout+jwt" } }), "'typ' is not that of"],
  ];
  for (const [title, parts, reason] of rules) {
    it(`refuses a token with ${title}`, async () => {
      const description = await refused(await api(), await issuer.sign(parts()));
      assert.ok(description.includes(reason), description);
    });
  }

  it("tolerates five seconds between the clocks", async () => {
    const token = await issuer.sign({ claims: { exp: now() - 2, nbf: now() + 2 } });
    assert.equal((await call(await api(), `Bearer ${token}`)).statusCode, 200);
  });

  it("accepts one audience among several, and the older type JWT", async () => {
    const token = await issuer.sign({
      claims: { aud: ["https://other.example", AUDIENCE] },
      header: { typ: "JWT" },
    });
    assert.equal((await call(await api(), `Bearer ${token}`)).statusCode, 200);
  });

  it("refuses a token whose claims were changed after signing", async () => {
    const [header, payload = "", signature] = (await issuer.token()).split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const changed = JSON.stringify({ ...claims, sub: "admin" });
    const token = [header, Buffer.from(changed).toString("base64url"), signature].join(".");
    assert.equal(await refused(await api(), token), "the token's signature does not match");
  });

  it("refuses a token with an extension that it must understand", async () => {
    const [, ...rest] = (await issuer.token()).split(".");
    const header = { alg: "RS256", kid: issuer.kid, crit: ["x"], x: 1 };
    const token = [Buffer.from(JSON.stringify(header)).toString("base64url"), ...rest].join(".");
    assert.equal(await refused(await api(), token), "the token is malformed");
  });

  it("refuses a token that another key signed under the issuer's key id", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const description = await refused(await api(), await issuer.sign({ key: privateKey }));
    assert.equal(description, "the token's signature does not match");
  });

  it("refuses what is not a token, and a huge one unread", async () => {
    const app = await api();
    assert.equal(await refused(app, "abc"), "the token is malformed");
    assert.equal(await refused(app, "a.b.c"), "the token is malformed");
    assert.match(await refused(app, "x".repeat(9000)), /exceeds 8192 characters/);
  });

  it("answers 403 to a valid token without the required scope", async () => {
    const app = await api({ scopes: ["predict"] });
    assert.equal((await call(app, `Bearer ${await issuer.token("predict")}`)).statusCode, 200);
    const response = await call(app, `Bearer ${await issuer.token("other")}`);
    assert.equal(response.statusCode, 403);
    assert.equal(
      response.headers["www-authenticate"],
      'Bearer realm="slipway", error="insufficient_scope", ' +
        'error_description="the token lacks a scope that this API requires", scope="predict"',
    );
  });

  it("follows a key rotation, and drops the old key", async () => {
    const app = await api();
    const old = await issuer.token();
    assert.equal((await call(app, `Bearer ${old}`)).statusCode, 200);
    await issuer.rotate();
    const fresh = await issuer.token();
    await until(async () => (await call(app, `Bearer ${fresh}`)).statusCode === 200);
    assert.equal(await refused(app, old), "no key of the issuer matches the token");
  });

  it("fetches keys once a cooldown, however many unknown key ids arrive", async () => {
    const app = await api({ times: { cooldown: 400 } });
    await new Promise((resolve) => setTimeout(resolve, 450));
    const before = issuer.keyRequests;
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, i) => issuer.sign({ header: { kid: `unknown-${i}` } })),
    );
    await Promise.all(tokens.map((token) => refused(app, token)));
    for (const token of tokens) await refused(app, token);
    assert.equal(issuer.keyRequests - before, 1);
  });

  it("refreshes old keys in the background, without a request waiting", async () => {
    const app = await api({ times: { maxAge: 100, cooldown: 20 } });
    const before = issuer.keyRequests;
    const token = await issuer.token();
    await until(async () => {
      assert.equal((await call(app, `Bearer ${token}`)).statusCode, 200);
      return issuer.keyRequests > before;
    });
  });

  it("keeps serving with the keys it knows while the issuer is down", async () => {
    const app = await api({ times: { maxAge: 1, cooldown: 20 } });
    const token = await issuer.token();
    const unknown = await issuer.sign({ header: { kid: "other" } });
    await issuer.stop();
    for (let i = 0; i < 5; i += 1) {
      assert.equal((await call(app, `Bearer ${token}`)).statusCode, 200);
      await refused(app, unknown);
    }
  });

  it("starts without its issuer, answers 503 until it has keys, and retries by itself", async () => {
    await issuer.stop();
    const app = await api({ wait: false });
    const token = `Bearer ${await issuer.sign()}`;
    for (const authorization of [token, undefined]) {
      const response = await call(app, authorization);
      assert.equal(response.statusCode, 503);
      assert.ok(Number(response.headers["retry-after"]) > 0);
      assert.match(response.json<{ detail: string }>().detail, /signing keys could not be fetched/);
    }
    await issuer.resume();
    await until(async () => (await call(app, token)).statusCode === 200);
  });

  const faults: [string, (issuer: OidcServer) => unknown, RegExp][] = [
    ["names another issuer", () => ({ issuer: "https://evil.example" }), /names another issuer/],
    ["names no key set", ({ issuer }) => ({ issuer }), /names no usable 'jwks_uri'/],
    ["is too large", ({ issuer }) => ({ issuer, x: "x".repeat(300_000) }), /exceeds 262144 bytes/],
    ["is null", () => null, /names another issuer/],
  ];
  for (const [title, document, reason] of faults) {
    it(`takes no keys from a discovery document that ${title}`, async () => {
      issuer.answer((_request, response) => response.end(JSON.stringify(document(issuer))));
      const app = await api({ wait: false });
      await until(() => Promise.resolve(reason.test(log)));
      assert.equal((await call(app, `Bearer ${await issuer.sign()}`)).statusCode, 503);
    });
  }

  it("follows no redirect and gives up on an issuer that never answers", async () => {
    issuer.answer((_request, response) => response.writeHead(302, { location: "/x" }).end());
    await api({ wait: false });
    await until(() => Promise.resolve(log.includes("could not be used")));
    issuer.answer(() => undefined);
    log = "";
    await until(() => Promise.resolve(log.includes("timeout")), 8_000);
  });

  it("writes no token and no claim to its log", async () => {
    const app = await api({ scopes: ["predict"] });
    const tokens = [
      await issuer.token(),
      await issuer.token("other"),
      await issuer.sign({ claims: { exp: 1 } }),
    ];
    for (const token of tokens) await call(app, `Bearer ${token}`);
    assert.ok(log.length > 0);
    for (const secret of [
      ...tokens.flatMap((token) => token.split(".")),
      "pipeline",
      "authorization",
    ]) {
      assert.ok(!log.includes(secret), `the log holds ${secret}`);
    }
  });
});

/** The text that a service confused about algorithms would take for a shared secret. */
async function publicPem(issuer: OidcServer): Promise<string> {
  const keySet = (await (await fetch(`${issuer.issuer}/jwks`)).json()) as { keys: JWK[] };
  assert.ok(keySet.keys[0] !== undefined);
  const key = await importJWK(keySet.keys[0], "RS256", { extractable: true });
  return exportSPKI(key as CryptoKey);
}

async function until(reached: () => Promise<boolean>, limit = 5_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await reached())) {
    if (Date.now() > end) throw new Error(`not reached within ${limit} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
