import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

import { exportSPKI, generateKeyPair, importJWK, type CryptoKey, type JWK } from "jose";

import { AuthApi, type ApiOptions } from "../support/auth-api.ts";
import { AUDIENCE, OidcServer } from "../support/oidc-server.ts";

describe("bearer tokens", () => {
  let issuer: OidcServer;
  const apis: AuthApi[] = [];

  beforeEach(async () => {
    issuer = await OidcServer.start();
  });

  afterEach(async () => {
    await Promise.all(apis.splice(0).map(({ app }) => app.close()));
    await issuer.stop();
  });

  async function api(options: ApiOptions = {}): Promise<AuthApi> {
    const api = await AuthApi.start(issuer, options);
    apis.push(api);
    return api;
  }

  it("accepts a client-credentials token of the issuer", async () => {
    const response = await (await api()).call(`Bearer ${await issuer.token()}`);
    assert.equal(response.statusCode, 200, response.body);
  });

  it("reads the scheme's name in any case", async () => {
    assert.equal((await (await api()).call(`bEARER ${await issuer.token()}`)).statusCode, 200);
  });

  it("leaves open routes open", async () => {
    const served = await api();
    assert.equal((await served.app.inject("/health")).statusCode, 200);
    assert.equal((await served.app.inject("/nowhere")).statusCode, 404);
  });

  it("challenges a request without a token, without an error code", async () => {
    const served = await api();
    for (const authorization of [undefined, "", "Basic cGlwZWxpbmU6eA=="]) {
      const response = await served.call(authorization);
      assert.equal(response.statusCode, 401);
      assert.equal(response.headers["www-authenticate"], 'Bearer realm="slipway"');
    }
  });

  it("refuses a header that is not 'Bearer' and one token", async () => {
    const served = await api();
    const token = await issuer.token();
    for (const text of ["Bearer", "Bearer ", `Bearer ${token} x`, `Bearer ${token}, Bearer x`]) {
      const response = await served.call(text);
      assert.equal(response.statusCode, 401, text);
      assert.match(String(response.headers["www-authenticate"]), /error="invalid_token"/);
    }
  });

  it("refuses two Authorization headers, even when the first is good", async () => {
    const served = await api();
    await served.app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = served.app.server.address() as AddressInfo;
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
    assert.equal(await (await api()).refused(token), "the token's algorithm is not accepted");
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
    assert.equal(await (await api()).refused(token), "the token's algorithm is not accepted");
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
    ["a number as its type", () => ({ header: { typ: 5 } }), "'typ' is not that of"],
    ["a list as its type", () => ({ header: { typ: ["JWT"] } }), "'typ' is not that of"],
    ["null as its type", () => ({ header: { typ: null } }), "'typ' is not that of"],
    ["a number as its key id", () => ({ header: { kid: 5 } }), "names no key"],
    ["a number as its audience", () => ({ claims: { aud: 5 } }), "'aud' is not accepted"],
    ["a text as its expiry", () => ({ claims: { exp: "soon" } }), "'exp' is not accepted"],
  ];
  for (const [title, parts, reason] of rules) {
    it(`refuses a token with ${title}`, async () => {
      const description = await (await api()).refused(await issuer.sign(parts()));
      assert.ok(description.includes(reason), description);
    });
  }

  it("tolerates five seconds between the clocks", async () => {
    const token = await issuer.sign({ claims: { exp: now() - 2, nbf: now() + 2 } });
    assert.equal((await (await api()).call(`Bearer ${token}`)).statusCode, 200);
  });

  it("accepts one audience among several, and the older type JWT", async () => {
    const token = await issuer.sign({
      claims: { aud: ["https://other.example", AUDIENCE] },
      header: { typ: "JWT" },
    });
    assert.equal((await (await api()).call(`Bearer ${token}`)).statusCode, 200);
  });

  it("refuses a token whose claims were changed after signing", async () => {
    const [header, payload = "", signature] = (await issuer.token()).split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const changed = JSON.stringify({ ...claims, sub: "admin" });
    const token = [header, Buffer.from(changed).toString("base64url"), signature].join(".");
    assert.equal(await (await api()).refused(token), "the token's signature does not match");
  });

  it("refuses a token with an extension that it must understand", async () => {
    const [, ...rest] = (await issuer.token()).split(".");
    const header = { alg: "RS256", kid: issuer.kid, crit: ["x"], x: 1 };
    const token = [Buffer.from(JSON.stringify(header)).toString("base64url"), ...rest].join(".");
    assert.equal(await (await api()).refused(token), "the token is malformed");
  });

  it("refuses a token that another key signed under the issuer's key id", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const description = await (await api()).refused(await issuer.sign({ key: privateKey }));
    assert.equal(description, "the token's signature does not match");
  });

  it("refuses what is not a token, and a huge one unread", async () => {
    const served = await api();
    assert.equal(await served.refused("abc"), "the token is malformed");
    assert.equal(await served.refused("a.b.c"), "the token is malformed");
    assert.match(await served.refused("x".repeat(9000)), /exceeds 8192 characters/);
  });

  it("refuses a good token in another spelling", async () => {
    const served = await api();
    const token = await issuer.token();
    const [header = "", payload = "", signature = ""] = token.split(".");
    const last = signature.at(-1) ?? "";
    // 256 bytes leave four bits of the last character unused.
    const unused = String.fromCharCode(last.charCodeAt(0) + 1);
    for (const other of [
      `${token}==`,
      `${header}=.${payload}.${signature}`,
      `${token}.`,
      `${header}.${payload}.${signature.slice(0, -1)}${unused}`,
      token.replaceAll("-", "+").replaceAll("_", "/"),
    ]) {
      if (other !== token) assert.equal(await served.refused(other), "the token is malformed");
    }
    assert.equal((await served.call(`Bearer ${token}`)).statusCode, 200);
  });

  it("answers 403 to a valid token without the required scope", async () => {
    const served = await api({ scopes: ["predict"] });
    assert.equal((await served.call(`Bearer ${await issuer.token("predict")}`)).statusCode, 200);
    const response = await served.call(`Bearer ${await issuer.token("other")}`);
    assert.equal(response.statusCode, 403);
    assert.equal(
      response.headers["www-authenticate"],
      'Bearer realm="slipway", error="insufficient_scope", ' +
        'error_description="the token lacks a scope that this API requires", scope="predict"',
    );
  });

  it("writes no token and no claim to its log", async () => {
    const served = await api({ scopes: ["predict"] });
    const tokens = [
      await issuer.token(),
      await issuer.token("other"),
      await issuer.sign({ claims: { exp: 1 } }),
    ];
    for (const token of tokens) await served.call(`Bearer ${token}`);
    assert.ok(served.log.length > 0);
    for (const secret of [
      ...tokens.flatMap((token) => token.split(".")),
      "pipeline",
      "authorization",
    ]) {
      assert.ok(!served.log.includes(secret), `the log holds ${secret}`);
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
