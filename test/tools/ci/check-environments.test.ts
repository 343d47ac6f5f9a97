import assert from "node:assert/strict";
import {
  type ForgeEnvironment,
  environmentNotes,
  environmentProblems,
} from "../../../tools/ci/check-environments.ts";

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
