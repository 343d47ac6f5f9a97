import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atTheDoor } from "../../components/grafana-login.ts";
import { Monitoring } from "../../components/monitoring.ts";
import { PeopleLogin } from "../../components/people-login.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { NO_PYTHON, PYTHON, scriptPath } from "../support/boto3.ts";
import { problems, refused } from "../support/config.ts";
import {
  type Described,
  at,
  components,
  environment,
  refuses,
  stack,
  testNamespace,
} from "../support/evaluation.ts";
import { type Pod, danglingReferences } from "../support/references.ts";
import { weaknesses } from "../support/weaknesses.ts";

const ENDPOINT = { kind: "ingress", host: "ml.example.com", tls: { clusterIssuer: "letsencrypt" } };
const KEYS = "https://keys.example.com:8443/realms/team/certs";
const LOGIN = {
  ...{ issuer: "https://id.example.com/realms/team", addresses: ["10.40.0.0/16"], jwksUri: KEYS },
  ...{ clientId: "slipway", clientSecret: "canary" },
  ...{ admins: ["ml-admins"], trainers: ["ml-team"], readers: ["staff"] },
};
const { readers, ...EVERYONE } = LOGIN;
type Login = typeof LOGIN | typeof EVERYONE;

const withLogin = (login: Partial<typeof LOGIN> = LOGIN, more: object = {}) =>
  stack("dev", { endpoint: ENDPOINT, login, ...more });
/** The same login and Grafana, by themselves. */
const alone = (settings: Login) =>
  components(() => {
    const namespace = testNamespace();
    const login = new PeopleLogin("login", { namespace, settings });
    const host = "grafana.ml.example.com";
    const people = { login, url: `https://${host}` };
    const { grafana } = new Monitoring("monitoring", { namespace, apis: [], people });
    assert.ok(grafana);
    const { service, access, url } = grafana;
    login.before({ service, access, url, host, https: true, ...atTheDoor(login) });
    return {};
  });
const grafana = (described: Described) => environment(described.object("Deployment", "grafana"));
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

describe(`the role that Grafana takes from a token${NO_PYTHON}`, function () {
  this.timeout(120_000);
  if (NO_PYTHON !== "") return void it.skip("cannot run: no python3 with pip");

  /** What the expressions of a stack give for each token, by a real JMESPath (jmespath.site). */
  async function judged(login: Login, tokens: object[]): Promise<[unknown, unknown][]> {
    const env = grafana(await alone(login));
    const program = `
import json, sys, jmespath
role, name, tokens = json.load(sys.stdin)
print(json.dumps([[jmespath.search(role, token), jmespath.search(name, token)] for token in tokens]))`;
    const asked = ["GF_AUTH_JWT_ROLE_ATTRIBUTE_PATH", "GF_AUTH_JWT_USERNAME_ATTRIBUTE_PATH"];
    const input = JSON.stringify([...asked.map((name) => env[name]), tokens]);
    const options = { input, encoding: "utf8", env: { ...process.env, PYTHONPATH: scriptPath() } };
    const said = execFileSync(PYTHON, ["-c", program], options as { encoding: "utf8" });
    return JSON.parse(said) as [unknown, unknown][];
  }
  const roles = async (login: Login, groups: unknown[]) => {
    const found = await judged(
      login,
      groups.map((each) => ({ email: "ana@example.com", groups: each })),
    );
    return found.map(([role]) => role);
  };

  it("is that of the best group, and none for who is in no group", async () => {
    const groups = [
      ["staff"],
      ["staff", "ml-team"],
      ["ml-team", "ml-admins", "staff"],
      "ml-admins",
      ["other", "staff2", "ml-admins-of-others"],
      "not-staff-either",
      [],
      null,
    ];
    assert.deepEqual(await roles(LOGIN, groups), [
      ...["Viewer", "Editor", "Admin", "Admin"],
      ...[false, false, false, false],
    ]);
  });

  it("is Viewer for everyone else where 'readers' is left out", async () => {
    assert.deepEqual(await roles(EVERYONE, [["ml-admins"], ["ml-team"], ["other"], null]), [
      ...["Admin", "Editor", "Viewer", "Viewer"],
    ]);
  });

  it("takes groups and claims of any name as they are", async () => {
    const odd = ["a'b`c\\", '"${HOME}" %(x)s $(PATH)', "CN=ml,OU=team"];
    const login = { ...LOGIN, groupsClaim: "https://ml.example.com/groups", admins: odd };
    const tokens = odd.map((group) => ({ email: "a", "https://ml.example.com/groups": [group] }));
    for (const [role] of await judged(login, tokens)) assert.equal(role, "Admin");
    // Nothing that Kubernetes, Grafana or its INI parser would put something else in the place of.
    for (const value of Object.values(grafana(await alone(login))))
      assert.doesNotMatch(value, /[$%]/);
  });

  it("belongs to a name that no account of Grafana's own has", async () => {
    const tokens = ["admin", "ana@example.com"].map((email) => ({ email, groups: ["staff"] }));
    assert.deepEqual(await judged(LOGIN, tokens), [
      ["Viewer", "person:admin"],
      ["Viewer", "person:ana@example.com"],
    ]);
  });
});
