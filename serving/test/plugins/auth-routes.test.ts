import assert from "node:assert/strict";

import type { FastifyInstance } from "fastify";

import { appWith } from "../support/app.ts";
import { AUDIENCE, OidcServer } from "../support/oidc-server.ts";

const PROTECTED = [
  "POST /predict",
  "GET /predict/demo",
  "POST /explain",
  "POST /feedback",
  "POST /invocations",
  "POST /v2/models/diabetes-model/infer",
  "POST /v2/models/diabetes-model/versions/1/infer",
];
const OPEN = [
  "/",
  "/health",
  "/ready",
  "/metrics",
  "/model",
  "/ping",
  "/version",
  "/docs/json",
].concat(
  ["/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/diabetes-model"],
  ["/v2/models/diabetes-model/ready"],
);

describe("routes of an API with OIDC", () => {
  let issuer: OidcServer;
  let app: FastifyInstance;

  before(async () => {
    issuer = await OidcServer.start();
    const env = { OIDC_ISSUER: issuer.issuer, OIDC_AUDIENCE: AUDIENCE };
    app = await appWith("diabetes", env);
    for (;;) {
      if ((await app.inject("/predict/demo")).statusCode !== 503) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  after(async () => {
    await app.close();
    await issuer.stop();
  });

  for (const route of PROTECTED) {
    it(`${route} needs a token, before anything else`, async () => {
      const [method = "", url] = route.split(" ");
      const request = { method: method as "GET" | "POST", url: url ?? "" };
      const body = method === "POST" ? { payload: "{" } : {};
      const response = await app.inject({ ...request, ...body });
      assert.equal(response.statusCode, 401, response.body);
      assert.equal(response.headers["www-authenticate"], 'Bearer realm="slipway"');
      assert.equal(response.headers["content-type"], "application/problem+json; charset=utf-8");
      assert.equal("error" in response.json(), url?.startsWith("/v2"));
      const authorization = `Bearer ${await issuer.token()}`;
      const allowed = await app.inject({ ...request, headers: { authorization } });
      assert.ok(![401, 403, 503].includes(allowed.statusCode), allowed.body);
    });
  }

  for (const url of OPEN) {
    it(`GET ${url} needs none`, async () => {
      assert.equal((await app.inject(url)).statusCode, 200);
    });
  }

  it("describes in OpenAPI which routes need a token", async () => {
    const document = (await app.inject("/docs/json")).json<{
      paths: Record<string, Record<string, { security?: object[] }>>;
      components: { securitySchemes: Record<string, { openIdConnectUrl: string }> };
    }>();
    const { oidc } = document.components.securitySchemes;
    assert.equal(oidc?.openIdConnectUrl, `${issuer.issuer}/.well-known/openid-configuration`);
    const secured = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security !== undefined)
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(secured.sort(), [
      "GET /predict/demo",
      "POST /explain",
      "POST /feedback",
      "POST /invocations",
      "POST /predict",
      "POST /v2/models/{model}/infer",
      "POST /v2/models/{model}/versions/{version}/infer",
    ]);
  });
});
