import assert from "node:assert/strict";
import { AuthApi } from "../support/auth-api.ts";
import { OidcServer } from "../support/oidc-server.ts";

const ODD = [null, true, 5, -1, 1e308, "", "\u0000", [], [null], {}, { a: 1 }];
const HEADER = ["typ", "kid", "crit", "b64", "jwk", "jku", "x5c", "zip", "cty"];
const CLAIMS = ["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "scope", "scp"];

describe("a token with an odd value in one place", () => {
  let issuer: OidcServer;
  let api: AuthApi;
  before(async () => {
    issuer = await OidcServer.start();
    api = await AuthApi.start(issuer);
  });
  after(async () => {
    await api.app.close();
    await issuer.stop();
  });

  const answered = async (token: string, what: string) => {
    const { statusCode, body } = await api.call(`Bearer ${token}`);
    assert.ok(statusCode === 200 || statusCode === 401, `${what}: ${statusCode} ${body}`);
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it("is accepted or refused, and never a fault of ours", async () => {
    const [, payload = "", signature = ""] = (await issuer.token()).split(".");
    for (const value of ODD) {
      for (const name of HEADER) {
        const header = { alg: "RS256", kid: issuer.kid, [name]: value };
        await answered(
          `${part(header)}.${payload}.${signature}`,
          `${name} ${JSON.stringify(value)}`,
        );
      }
      for (const alg of [value, "ES256", "EdDSA", "PS512"]) {
        const header = { alg, kid: issuer.kid };
        await answered(`${part(header)}.${payload}.${signature}`, `alg ${JSON.stringify(alg)}`);
      }
      await answered(`${part(value)}.${payload}.${signature}`, `header ${JSON.stringify(value)}`);
    }
  });

  it("also where the issuer itself signed it", async () => {
    for (const value of ODD) {
      for (const name of CLAIMS) {
        const token = await issuer.sign({ claims: { [name]: value } });
        await answered(token, `${name} ${JSON.stringify(value)}`);
      }
    }
  });
});
