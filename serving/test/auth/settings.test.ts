import assert from "node:assert/strict";

import { oidcSettings } from "../../src/auth/settings.ts";

const good = { OIDC_ISSUER: "https://id.example/realm", OIDC_AUDIENCE: "slipway" };

describe("OIDC settings", () => {
  it("are absent when no variable is set, or all are empty", () => {
    assert.equal(oidcSettings({}), undefined);
    assert.equal(oidcSettings({ OIDC_ISSUER: "", OIDC_AUDIENCE: "" }), undefined);
  });

  it("keep the issuer as it is written, and split the scopes", () => {
    assert.deepEqual(oidcSettings({ ...good, OIDC_REQUIRED_SCOPE: "predict  read" }), {
      issuer: "https://id.example/realm",
      audience: "slipway",
      requiredScopes: ["predict", "read"],
    });
  });

  it("are an error when only a part is set", () => {
    const { OIDC_ISSUER, OIDC_AUDIENCE } = good;
    assert.throws(() => oidcSettings({ OIDC_ISSUER }), /'OIDC_AUDIENCE' is missing/);
    assert.throws(() => oidcSettings({ OIDC_AUDIENCE }), /'OIDC_ISSUER' is missing/);
    assert.throws(() => oidcSettings({ OIDC_REQUIRED_SCOPE: "predict" }), /ISSUER.*AUDIENCE/);
  });

  for (const issuer of [
    "id.example",
    "ftp://id.example",
    "https://id.example/?a=1",
    "https://u:p@id.example",
  ]) {
    it(`refuse ${issuer} as an issuer`, () => {
      assert.throws(() => oidcSettings({ ...good, OIDC_ISSUER: issuer }), /is not an issuer/);
    });
  }

  it("refuse a scope that no token can carry", () => {
    const scope = { OIDC_REQUIRED_SCOPE: 'pre"dict' };
    assert.throws(() => oidcSettings({ ...good, ...scope }), /'OIDC_REQUIRED_SCOPE'/);
  });
});
