import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../../support/run-script.ts";
import { Workspace } from "../../support/workspace.ts";

/** In the stack file as an encrypted value; to be seen nowhere. */
const CANARY = "v1:canary:5d1c";

describe("npm run preview -- --against", function () {
  this.timeout(300_000);
  let workspace: Workspace;
  const PASSWORD = `    prefix: my-team/slipway\n    username: ci\n    password: { secure: "${CANARY}" }`;
  before(() => {
    // No Pulumi, no cluster: nothing of them is asked.
    workspace = new Workspace("nowhere", "nowhere");
    workspace.edit("Pulumi.prod.yaml", "    prefix: my-team/slipway", PASSWORD);
    workspace.commit("a password");
    workspace.git("tag", "start");
  });
  after(() => {
    workspace.remove();
  });
  afterEach(() => {
    workspace.git("reset", "-q", "--hard", "start");
  });

  /** With none of what a stack needs in the environment. */
  const preview = async (stack = "prod", against = "start") => {
    const file = join(workspace.root, "preview.md");
    const args = ["--stack", stack, "--against", against, "--out", file];
    const { code, stdout, stderr } = await npm("preview", args, { cwd: workspace.root });
    assert.ok(!(stdout + stderr).includes("canary"), "it shows a secret");
    const comment = existsSync(file) ? readFileSync(file, "utf8") : "";
    return { code, comment, stderr };
  };

  it("says that nothing changes, whatever folder a commit lies in, and leaves none behind", async () => {
    workspace.git("checkout", "-q", "-b", "feature/quiet");
    const { code, comment, stderr } = await preview();
    assert.equal(code, 0, stderr);
    assert.match(
      comment,
      /^<!-- slipway preview prod -->\n### ✅ Preview of `prod`[^]*\nNothing changes; \d+ resources stay/,
    );
    assert.match(
      comment,
      /--against [0-9a-f]{7}`, from what the program describes at both commits/,
    );
    const left = readdirSync(join(workspace.root, ".slipway"));
    assert.deepEqual(left, ["state"]);
    assert.equal(workspace.git("worktree", "list").trim().split("\n").length, 1);
  });

  it("shows each number as it was and as it will be, in the words of every preview", async () => {
    workspace.edit("Pulumi.prod.yaml", "min: 3, max: 10", "min: 3, max: 12");
    workspace.commit("more replicas");
    const { code, comment, stderr } = await preview();
    assert.equal(code, 0, stderr);
    assert.match(
      comment,
      /update \| HorizontalPodAutoscaler `diabetes-model-api` \| `spec\.maxReplicas: 10 → 12`/,
    );
    assert.match(comment, /Nothing is lost\./);
  });

  it("fails where the deployment would refuse to lose data", async () => {
    workspace.edit("Pulumi.prod.yaml", "size: 50Gi", "size: 40Gi");
    const { code, comment } = await preview();
    assert.equal(code, 1);
    assert.match(
      comment,
      /would refuse this: object-store-seaweedfs-data \(50Gi[^]*cannot shrink to 40Gi/,
    );
  });

  it("fails where a policy is broken, and says which", async () => {
    workspace.breakPolicy();
    const { code, comment } = await preview();
    assert.equal(code, 1);
    assert.match(comment, /❌ `restricted-pods` on `prometheus`/);
  });

  it("has a comment where the program refuses the configuration", async () => {
    workspace.edit("Pulumi.prod.yaml", "config:\n", "config:\n  slipway:colour: red\n");
    const { code, comment } = await preview();
    assert.equal(code, 1);
    assert.match(comment, /\*\*It failed\*\*[^]*slipway:colour/);
  });

  it("counts everything as new where the other commit has no such stack, or a broken program", async () => {
    workspace.git("rm", "-q", "Pulumi.staging.yaml");
    workspace.edit("Pulumi.prod.yaml", "config:\n", "config:\n  slipway:colour: red\n");
    workspace.commit("broken");
    const broken = workspace.git("rev-parse", "HEAD").trim();
    workspace.git("reset", "-q", "--hard", "start");
    const staging = await preview("staging", broken);
    assert.equal(staging.code, 0, staging.stderr);
    assert.match(staging.comment, /\*\*\d{2,}\*\* to create, \*\*0\*\* to update/);
    assert.doesNotMatch(staging.comment, /the program fails/);
    const prod = await preview("prod", broken);
    assert.equal(prod.code, 0, prod.stderr);
    assert.match(prod.comment, /the program fails, so all of it counts as new:[^]*slipway:colour/);
  });

  it("says what to do about a commit that is not there", async () => {
    writeFileSync(join(workspace.root, "preview.md"), "");
    const { code, stderr } = await preview("prod", "nowhere");
    assert.equal(code, 2);
    assert.match(stderr, /--against nowhere: this clone has no such commit.*git fetch/);
  });
});
