import assert from "node:assert/strict";
import { refused } from "../support/config.ts";
import { type Pod, danglingReferences } from "../support/references.ts";
import { weaknesses } from "../support/weaknesses.ts";
import { type Described, at, environment, stack } from "../support/evaluation.ts";

const ENDPOINT = { kind: "ingress", host: "ml.example.com", tls: { clusterIssuer: "letsencrypt" } };
const LOGIN = {
  ...{ issuer: "https://id.example.com/realms/team", addresses: ["10.40.0.0/16"] },
  ...{ clientId: "slipway", clientSecret: "canary", admins: ["ml-admins"] },
};
const SLEEP = { at: "0 20 * * *", wakeAt: "0 7 * * *", apiServer: ["10.0.0.1/32"] };

const egressOf = (described: Described, name: string) =>
  JSON.stringify(at(described.object("NetworkPolicy", name), "spec.egress"));

describe("a stack with a login", () => {
  let described: Described;
  before(async () => {
    described = await stack("dev", { endpoint: ENDPOINT, login: LOGIN });
  });

  it("leads people to the login of MLflow and of the page, and callers to the APIs as before", () => {
    const backends = described.kind("Ingress").map(({ spec }) => {
      const rule = at(spec, "rules.0") as { host: string };
      const service = at(rule, "http.paths.0.backend.service.name") as string;
      return [rule.host, service];
    });
    assert.deepEqual(Object.fromEntries(backends), {
      "mlflow.ml.example.com": "mlflow-login",
      "ml.example.com": "ui-login",
      "diabetes-model.ml.example.com": "diabetes-model-api",
      "iris-model.ml.example.com": "iris-model-api",
      "titanic-model.ml.example.com": "titanic-model-api",
    });
  });

  it("lets nothing from outside in to MLflow and the page but through it", () => {
    const into = (name: string) =>
      described.kind("NetworkPolicy").flatMap(({ spec }) => {
        const labels = at(spec, "podSelector.matchLabels") as Record<string, string> | undefined;
        if (labels?.["app.kubernetes.io/name"] !== name) return [];
        const rules = (at(spec, "ingress") ?? []) as { from?: object[] }[];
        return rules.map(({ from = [{ anywhere: true }] }) => from.flatMap(Object.keys));
      });
    for (const name of ["mlflow", "ui"])
      for (const peers of into(name)) assert.deepEqual(peers, ["podSelector"], name);
    assert.ok(into("mlflow-login").some(([peer]) => peer !== "podSelector"));
  });

  it("sends them back to the address that they came by, by HTTPS", () => {
    const env = environment(described.object("Deployment", "mlflow-login"));
    assert.equal(env["OAUTH2_PROXY_REDIRECT_URL"], "https://mlflow.ml.example.com/oauth2/callback");
    assert.equal(env["OAUTH2_PROXY_COOKIE_SECURE"], "true");
    const page = environment(described.object("Deployment", "ui-login"));
    assert.equal(page["OAUTH2_PROXY_REDIRECT_URL"], "https://ml.example.com/oauth2/callback");
  });

  it("has MLflow take the provider's tokens, by groups, and reach the provider and nobody else", () => {
    const env = environment(described.object("Deployment", "mlflow"));
    assert.deepEqual(JSON.parse(String(env["SLIPWAY_LOGIN"])), {
      ...{ issuer: LOGIN.issuer, audience: "slipway" },
      ...{ nameClaim: "email", groupsClaim: "groups" },
      // Without `readers` everyone whom the provider lets in may look.
      groups: { admin: ["ml-admins"], trainer: [] },
    });
    for (const name of ["mlflow", "mlflow-login", "ui-login"])
      assert.match(
        egressOf(described, name),
        /"port":443,"protocol":"TCP"}\],"to":\[{"ipBlock":{"cidr":"10\.40\.0\.0\/16"/,
      );
  });

  it("keeps the client's secret in one Secret, and restarts what reads it where it changes", async () => {
    const holders = described.resources.filter(({ inputs }) =>
      JSON.stringify(inputs).includes("canary"),
    );
    assert.deepEqual(
      holders.map(({ name }) => name),
      ["login"],
    );
    const sum = (found: Described) =>
      at(
        found.object("Deployment", "ui-login"),
        "spec.template.metadata.annotations.checksum/login",
      );
    const other = await stack("dev", {
      endpoint: ENDPOINT,
      login: { ...LOGIN, clientSecret: "another" },
    });
    assert.notEqual(sum(other), sum(described));
  });

  it("runs as every pod does, and names nothing that is not there", () => {
    for (const name of ["mlflow-login", "ui-login"]) {
      const { template } = described.object("Deployment", name)["spec"] as { template: Pod };
      assert.deepEqual(weaknesses(template), []);
    }
    assert.deepEqual(danglingReferences(described.objects), []);
  });

  it("is led to what answers in the place of what sleeps", async () => {
    const sleeping = await stack("dev", { endpoint: ENDPOINT, login: LOGIN, sleep: SLEEP });
    assert.match(egressOf(sleeping, "ui-login"), /"app\.kubernetes\.io\/name":"sleep-schedule"/);
    assert.doesNotMatch(egressOf(described, "ui-login"), /sleep-schedule/);
  });

  it("is refused without an address, and where nobody says where the provider is", () => {
    refused({ login: LOGIN }, /^login: needs an address that the provider sends people back to/);
    const { addresses, ...rest } = LOGIN;
    assert.ok(addresses);
    refused({ endpoint: ENDPOINT, login: rest }, /^login\.addresses: /);
    const auth = { issuer: LOGIN.issuer, addresses, audience: "predictions" };
    refused({ endpoint: ENDPOINT, login: LOGIN, auth }, /^auth: takes other tokens than those/);
    refused(
      { endpoint: ENDPOINT, login: { ...LOGIN, admins: [] } },
      /^login\.admins: names no group/,
    );
  });
});
