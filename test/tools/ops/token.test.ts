import assert from "node:assert/strict";
import { AUDIENCE, OidcServer } from "../../../serving/test/support/oidc-server.ts";
import { fetchToken } from "../../../tools/lib/stack/token.ts";

const NAMES = ["TOKEN", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SCOPE"].map(
  (name) => `SLIPWAY_${name}`,
);

describe("the token of a check", () => {
  let oidc: OidcServer;
  const kept = NAMES.map((name) => [name, process.env[name]] as const);

  before(async () => {
    oidc = await OidcServer.start();
  });
  after(async () => {
    await oidc.stop();
    setAll(Object.fromEntries(kept));
  });
  beforeEach(() => {
    setAll({});
  });

  function setAll(values: Record<string, string | undefined>): void {
    for (const name of NAMES) {
      const value = values[name];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
  const token = () => fetchToken({ issuer: oidc.issuer, audience: AUDIENCE });
  const account = { SLIPWAY_CLIENT_ID: "pipeline", SLIPWAY_CLIENT_SECRET: "not-a-secret" };

  it("is fetched with the client's credentials, for the stack's audience", async () => {
    setAll({ ...account, SLIPWAY_CLIENT_SCOPE: "predict" });
    const [, claims = ""] = ((await token()) ?? "").split(".");
    const { aud, iss } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
      aud: string;
      iss: string;
    };
    assert.deepEqual([aud, iss], [AUDIENCE, oidc.issuer]);
  });

  it("is the one that is given, or none", async () => {
    assert.equal(await token(), undefined);
    setAll({ SLIPWAY_TOKEN: "abc" });
    assert.equal(await token(), "abc");
  });

  it("is refused with the issuer's words, and without the secret", async () => {
    setAll({ ...account, SLIPWAY_CLIENT_SECRET: "canary-wrong" });
    await assert.rejects(token(), (error: Error) => {
      assert.match(error.message, /answered 40[01]: invalid_client/);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
  });

  it("needs both halves, and an issuer that answers", async () => {
    setAll({ SLIPWAY_CLIENT_ID: "pipeline" });
    await assert.rejects(token(), /are needed together/);
    setAll(account);
    const away = fetchToken({ issuer: "http://127.0.0.1:1", audience: AUDIENCE });
    await assert.rejects(away, /127\.0\.0\.1:1\/.* cannot be reached/);
  });
});
