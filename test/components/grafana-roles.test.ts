import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { NO_PYTHON, PYTHON, scriptPath } from "../support/boto3.ts";
import { EVERYONE, LOGIN, type Login, alone, grafana } from "../support/grafana-login.ts";

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
