import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import {
  type ForgeEnvironment,
  environmentNotes,
  environmentProblems,
} from "../../../tools/ci/check-environments.ts";
import { npm } from "../../support/run-script.ts";

const environment = (name: string, how: Partial<ForgeEnvironment> = {}): ForgeEnvironment => ({
  name,
  reviewed: false,
  limited: false,
  ...how,
});
const prod = environment("prod", { reviewed: true, limited: true });

describe("the environments of a protected stack", () => {
  it("are fine where a person or a branch stands before each", () => {
    const drift = environment("prod-drift", { limited: true });
    assert.deepEqual(environmentProblems("prod", [prod, drift, environment("dev")]), []);
    assert.deepEqual(environmentNotes("prod", [prod, drift]), []);
  });

  it("name one that every branch may use, also where no workflow names it any more", () => {
    const problems = environmentProblems("prod", [prod, environment("prod-preview")]);
    assert.equal(problems.length, 1);
    assert.match(
      problems[0] ?? "",
      /^environment 'prod-preview' is open to every branch.*limit it.*or delete it: gh api -X DELETE ".*\/prod-preview"$/,
    );
  });

  it("name the stack's own where it is not there yet: GitHub would make it open", () => {
    const [problem = ""] = environmentProblems("prod", [environment("production")]);
    assert.match(
      problem,
      /^environment 'prod' is not there.*docs\/ci\.md#from-an-empty-repository/,
    );
  });

  it("say that nobody is asked, without refusing: not every plan of GitHub's has reviewers", () => {
    const limited = environment("prod", { limited: true });
    assert.deepEqual(environmentProblems("prod", [limited]), []);
    assert.match(
      environmentNotes("prod", [limited])[0] ?? "",
      /^environment 'prod' has no reviewers/,
    );
  });
});

describe("npm run ci:check -- --for plan", () => {
  const open = { protection_rules: [], deployment_branch_policy: null };
  const limited = {
    protection_rules: [
      { type: "required_reviewers", reviewers: [{ type: "User", reviewer: { id: 1 } }] },
      { type: "branch_policy" },
    ],
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  };
  const asked = async (stack: string, environments: object[]) => {
    const server = createServer((request, response) => {
      const right = request.url?.startsWith("/repos/my-team/slipway/environments?");
      response.statusCode = right ? 200 : 404;
      response.end(JSON.stringify({ total_count: environments.length, environments }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const env = {
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: "my-team/slipway",
      GITHUB_TOKEN: "t",
    };
    const ended = await npm("ci:check", ["--stack", stack, "--for", "plan"], { env });
    server.close();
    return ended;
  };

  it("refuses environments of a protected stack that every branch may use", async () => {
    const { code, stderr } = await asked("prod", [
      { name: "prod", ...limited },
      { name: "prod-preview", ...open },
      { name: "dev", ...open },
    ]);
    assert.equal(code, 4);
    assert.match(stderr, /1 thing\(s\)[^]*environment 'prod-preview' is open to every branch/);
  });

  it("is content where a person or a branch stands before each, and asks nothing else", async () => {
    const { code, stderr } = await asked("prod", [
      { name: "prod", ...limited },
      { name: "prod-drift", ...limited, protection_rules: [{ type: "branch_policy" }] },
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /ready for stack prod/);
  });

  it("asks nothing of a stack that is not protected", async () => {
    const { code, stderr } = await npm("ci:check", ["--stack", "dev", "--for", "plan"]);
    assert.equal(code, 0, stderr);
  });
});
