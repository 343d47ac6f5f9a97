import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Monitoring } from "../../components/monitoring.ts";
import { PeopleLogin } from "../../components/people-login.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { problems, refused } from "../support/config.ts";
import {
  type Described,
  at,
  environment,
  refuses,
  stack,
  testNamespace,
} from "../support/evaluation.ts";
import { EVERYONE, KEYS, LOGIN, alone, grafana, readers } from "../support/grafana-login.ts";
import { type Pod, danglingReferences } from "../support/references.ts";
import { weaknesses } from "../support/weaknesses.ts";

const ENDPOINT = { kind: "ingress", host: "ml.example.com", tls: { clusterIssuer: "letsencrypt" } };
const withLogin = (login: Partial<typeof LOGIN> = LOGIN, more: object = {}) =>
  stack("dev", { endpoint: ENDPOINT, login, ...more });
const argsOf = (described: Described, name: string) =>
  at(described.object("Deployment", name), "spec.template.spec.containers.0.args");

describe("a stack whose people log in to Grafana, too", () => {
  let described: Described;
  before(async () => {
    described = await withLogin();
  });

  it("leads them to a login before it, at a host of its own", async () => {
    const leadsTo = (ingress: Manifest) => [
      at(ingress, "spec.rules.0.host"),
      at(ingress, "spec.rules.0.http.paths.0.backend.service.name"),
    ];
    const own = described.object("Ingress", "grafana-login");
    assert.deepEqual(leadsTo(own), ["grafana.ml.example.com", "grafana-login"]);
    assert.equal(described.outputs["grafana"], "https://grafana.ml.example.com");
    const env = environment(described.object("Deployment", "grafana-login"));
    assert.equal(
      env["OAUTH2_PROXY_REDIRECT_URL"],
      "https://grafana.ml.example.com/oauth2/callback",
    );
    assert.match(String(env["OAUTH2_PROXY_UPSTREAMS"]), /^http:\/\/grafana\.slipway-dev:3000$/);

    const routed = await withLogin(LOGIN, {
      platform: "openshift",
      endpoint: { kind: "openshiftRoute", host: "apps.example.com", tls: {} },
    });
    const route = routed.object("Route", "grafana-login");
    assert.equal(at(route, "spec.host"), "grafana-slipway-dev.apps.example.com");
    assert.equal(
      grafana(routed)["GF_SERVER_ROOT_URL"],
      "https://grafana-slipway-dev.apps.example.com/",
    );
  });

  it("lets nobody in to Grafana but that login, and lets Grafana out to the keys", () => {
    const [policy, ...others] = described.kind("NetworkPolicy").filter(({ spec }) => {
      const labels = at(spec, "podSelector.matchLabels") as Record<string, string> | undefined;
      return labels?.["app.kubernetes.io/name"] === "grafana";
    });
    assert.ok(policy && others.length === 0);
    assert.deepEqual(at(policy, "spec.ingress"), [
      {
        from: [{ podSelector: { matchLabels: { "slipway/access-grafana": "true" } } }],
        ports: [{ port: 3000, protocol: "TCP" }],
      },
    ]);
    assert.match(
      JSON.stringify(at(policy, "spec.egress")),
      /"port":8443,"protocol":"TCP"}\],"to":\[{"ipBlock":{"cidr":"10\.40\.0\.0\/16"/,
    );
    const clients = described.objects.filter((object) => {
      const labels = at(object, "spec.template.metadata.labels") as object | undefined;
      return labels !== undefined && "slipway/access-grafana" in labels;
    });
    assert.deepEqual(
      clients.map(({ metadata }) => metadata.name),
      ["grafana-login"],
    );
  });

  it("has Grafana itself judge their token, and keeps its password for a port-forward", () => {
    const env = grafana(described);
    assert.deepEqual(JSON.parse(String(env["GF_AUTH_JWT_EXPECT_CLAIMS"])), {
      iss: LOGIN.issuer,
      aud: "slipway",
    });
    const told = Object.entries({
      GF_SERVER_ROOT_URL: "https://grafana.ml.example.com/",
      GF_AUTH_SIGNOUT_REDIRECT_URL: "https://grafana.ml.example.com/oauth2/sign_out",
      GF_AUTH_JWT_ENABLED: "true",
      GF_AUTH_JWT_HEADER_NAME: "Authorization",
      GF_AUTH_JWT_JWK_SET_URL: KEYS,
      GF_AUTH_JWT_AUTO_SIGN_UP: "true",
      GF_AUTH_JWT_ROLE_ATTRIBUTE_STRICT: "true",
      GF_SECURITY_ADMIN_PASSWORD__FILE: "/run/secrets/admin/password",
    });
    assert.deepEqual(
      told.map(([name]) => [name, env[name]]),
      told,
    );
    // A password by a form or in a header is what a port-forward has.
    for (const name of ["GF_AUTH_DISABLE_LOGIN_FORM", "GF_AUTH_BASIC_ENABLED"])
      assert.equal(env[name], undefined);
    const probe = "spec.template.spec.containers.0.readinessProbe.httpGet.path";
    assert.equal(at(described.object("Deployment", "grafana"), probe), "/api/health");
  });

  it("tells who is in no group 403 before Grafana shows its own form, where not everyone reads", async () => {
    assert.deepEqual(argsOf(described, "grafana-login"), [
      "--allowed-group=ml-admins",
      "--allowed-group=ml-team",
      "--allowed-group=staff",
    ]);
    const odd = await alone({ ...LOGIN, readers: ['CN="all",OU=staff', "ml-team"] });
    assert.deepEqual(argsOf(odd, "grafana-login"), [
      "--allowed-group=ml-admins",
      "--allowed-group=ml-team",
      '--allowed-group="CN=""all"",OU=staff"',
    ]);
    assert.ok(readers);
    assert.equal(argsOf(await alone(EVERYONE), "grafana-login"), undefined);
    // MLflow names the groups by itself.
    assert.equal(argsOf(described, "mlflow-login"), undefined);
  });

  it("runs as every pod does, and names nothing that is not there", () => {
    for (const name of ["grafana", "grafana-login"]) {
      const { template } = described.object("Deployment", name)["spec"] as { template: Pod };
      assert.deepEqual(weaknesses(template), []);
    }
    assert.deepEqual(danglingReferences(described.objects), []);
  });

  it("has nothing of all that without 'jwksUri'", async () => {
    const { jwksUri, ...login } = LOGIN;
    assert.ok(jwksUri);
    const without = await withLogin(login);
    assert.doesNotMatch(Object.keys(grafana(without)).join(), /GF_AUTH|GF_SERVER|GF_DATABASE/);
    assert.deepEqual(at(without.object("NetworkPolicy", "grafana"), "spec.ingress"), []);
    assert.deepEqual(
      without.objects.filter(({ metadata }) => metadata.name.startsWith("grafana-login")),
      [],
    );
    assert.equal(without.outputs["grafana"], undefined);
  });

  it("takes its host from a model of that name", () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-models-"));
    const of = (keys: object) =>
      problems({ endpoint: ENDPOINT, models: [{ file: "a.yaml" }], ...keys }, "dev", {
        models: { path, shown: "models" },
      });
    try {
      const yaml = readFileSync(join(ROOT, "training/models/iris.yaml"), "utf8");
      writeFileSync(join(path, "a.yaml"), yaml.replace("name: iris-model", "name: grafana"));
      assert.deepEqual(of({}), []);
      const [problem, ...others] = of({ login: LOGIN });
      assert.match(problem ?? "", /^models\.0\.file: names the model 'grafana', whose host would/);
      assert.deepEqual(others, []);
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  it("is refused where there is no Grafana or no host for it, and where nobody says where the keys are", async () => {
    const nowhere = /^login\.jwksUri: leads people to our own Grafana by a host of its own/;
    const host = { kind: "nodePort", host: "ml.example.com" };
    refused({ login: LOGIN, endpoint: host }, nowhere);
    for (const monitoring of [{ kind: "off" }, { kind: "operator" }, { grafana: false }])
      refused({ login: LOGIN, endpoint: ENDPOINT, monitoring }, nowhere);
    const keys = (jwksUri: string) => ({ ...LOGIN, jwksUri });
    refused(
      { login: keys("http://id.example.com/certs"), endpoint: ENDPOINT },
      /^login\.jwksUri: must be an https:\/\/ address/,
    );
    const { addresses, ...known } = { ...LOGIN, issuer: "https://keycloak.auth.svc/realms/team" };
    assert.ok(addresses);
    refused({ login: known, endpoint: ENDPOINT }, /^login\.addresses: .*keys\.example\.com/);
    await refuses(() => {
      const namespace = testNamespace();
      const { jwksUri, ...settings } = LOGIN;
      assert.ok(jwksUri);
      const login = new PeopleLogin("login", { namespace, settings });
      const people = { login, url: "https://grafana.ml.example.com" };
      return new Monitoring("monitoring", { namespace, apis: [], people });
    }, /'people\.login' has no 'jwksUri'/);
  });
});
