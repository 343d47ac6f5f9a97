import assert from "node:assert/strict";

import { AuthApi, until, type ApiOptions } from "../support/auth-api.ts";
import { OidcServer } from "../support/oidc-server.ts";

describe("the issuer's signing keys", () => {
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

  it("follows a key rotation, and drops the old key", async () => {
    const served = await api();
    const old = await issuer.token();
    assert.equal((await served.call(`Bearer ${old}`)).statusCode, 200);
    await issuer.rotate();
    const fresh = await issuer.token();
    await until(async () => (await served.call(`Bearer ${fresh}`)).statusCode === 200);
    assert.equal(await served.refused(old), "no key of the issuer matches the token");
  });

  it("fetches keys once a cooldown, however many unknown key ids arrive", async () => {
    const served = await api({ times: { cooldown: 400 } });
    await new Promise((resolve) => setTimeout(resolve, 450));
    const before = issuer.keyRequests;
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, i) => issuer.sign({ header: { kid: `unknown-${i}` } })),
    );
    await Promise.all(tokens.map((token) => served.refused(token)));
    for (const token of tokens) await served.refused(token);
    assert.equal(issuer.keyRequests - before, 1);
  });

  it("refreshes old keys in the background, without a request waiting", async () => {
    const served = await api({ times: { maxAge: 100, cooldown: 20 } });
    const before = issuer.keyRequests;
    const token = await issuer.token();
    await until(async () => {
      assert.equal((await served.call(`Bearer ${token}`)).statusCode, 200);
      return issuer.keyRequests > before;
    });
  });

  it("keeps serving with the keys it knows while the issuer is down", async () => {
    const served = await api({ times: { maxAge: 1, cooldown: 20 } });
    const token = await issuer.token();
    const unknown = await issuer.sign({ header: { kid: "other" } });
    await issuer.stop();
    for (let i = 0; i < 5; i += 1) {
      assert.equal((await served.call(`Bearer ${token}`)).statusCode, 200);
      await served.refused(unknown);
    }
  });

  it("starts without its issuer, answers 503 until it has keys, and retries by itself", async () => {
    await issuer.stop();
    const served = await api({ wait: false });
    const token = `Bearer ${await issuer.sign()}`;
    for (const authorization of [token, undefined]) {
      const response = await served.call(authorization);
      assert.equal(response.statusCode, 503);
      assert.ok(Number(response.headers["retry-after"]) > 0);
      assert.match(response.json<{ detail: string }>().detail, /signing keys could not be fetched/);
    }
    await issuer.resume();
    await until(async () => (await served.call(token)).statusCode === 200);
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
      const served = await api({ wait: false });
      await until(() => Promise.resolve(reason.test(served.log)));
      assert.equal((await served.call(`Bearer ${await issuer.sign()}`)).statusCode, 503);
    });
  }

  it("follows no redirect and gives up on an issuer that never answers", async () => {
    issuer.answer((_request, response) => response.writeHead(302, { location: "/x" }).end());
    const served = await api({ wait: false });
    await until(() => Promise.resolve(served.log.includes("could not be used")));
    issuer.answer(() => undefined);
    served.log = "";
    await until(() => Promise.resolve(served.log.includes("timeout")), 8_000);
    assert.match(served.log, /'slipway:auth\.addresses'/);
  });
});
