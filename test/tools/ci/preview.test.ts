import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CANARIES, MODELS, describeDelivery } from "../../support/delivery-world.ts";

describeDelivery("npm run preview", {}, (world) => {
  /** The comment of a preview of `dev`. */
  const preview = async () => {
    const file = join(world.workspace.root, "preview.md");
    const { code, stdout, stderr } = await world.npm("preview", [
      "--stack",
      "dev",
      "--context",
      "bare",
      "--out",
      file,
    ]);
    const comment = readFileSync(file, "utf8");
    for (const canary of CANARIES)
      assert.ok(!comment.includes(canary), "the comment shows a secret");
    assert.equal(stdout.trim(), comment.trim());
    return { code, comment, stderr };
  };

  it("announces everything that a first deployment makes", async () => {
    const { code, comment } = await preview();
    assert.equal(code, 0);
    assert.match(
      comment,
      /^<!-- slipway preview dev -->\n### 📝 Preview of `dev` at `[0-9a-f]{7}`/,
    );
    assert.match(comment, /create \| Deployment `iris-model-api`/);
    assert.match(comment, /\*\*0\*\* to update, \*\*0\*\* to replace, \*\*0\*\* to delete/);
  });

  it("says that nothing changes once it is deployed", async () => {
    world.workspace.change("up", "dev");
    assert.match((await preview()).comment, /Nothing changes; \d+ resources stay as they are/);
  });

  it("shows what changes, what goes away and what is replaced, and no password", async () => {
    world.setPassword("dev", CANARIES[1]);
    const models = MODELS.slice(0, 1).map((model) => ({
      ...model,
      replicas: { min: 1, max: 3 },
    }));
    world.configure("slipway:models", models);
    const { code, comment } = await preview();
    assert.equal(code, 0, comment);
    assert.match(comment, /> \[!CAUTION\]/);
    assert.match(comment, /🔴 \*\*DELETE\*\* Deployment `titanic-model-api`/);
    assert.match(
      comment,
      /update \| HorizontalPodAutoscaler `iris-model-api` \| `spec\.maxReplicas: 2 → 3`/,
    );
    assert.match(comment, /Secret `[\w-]+` \| `(stringD|d)ata/);
  });

  it("fails where a policy is broken, and says which", async () => {
    world.workspace.breakPolicy();
    const { code, comment } = await preview();
    assert.equal(code, 1);
    assert.match(comment, /### ❌ /);
    assert.match(comment, /❌ `restricted-pods` on `prometheus`/);
    world.restore();
  });

  it("still has a comment where the program refuses the configuration", async () => {
    world.configure("slipway:colour", "red");
    const { code, comment } = await preview();
    assert.equal(code, 1);
    assert.match(comment, /\*\*It failed\*\*[\s\S]*slipway:colour/);
    world.restore();
  });

  it("refuses a context that Pulumi would not deploy to", async () => {
    const config = JSON.parse(readFileSync(world.kubeconfig, "utf8")) as { contexts: object[] };
    config.contexts.push({ name: "other", context: { cluster: "bare", user: "admin" } });
    const KUBECONFIG = world.scratch("two-contexts");
    writeFileSync(KUBECONFIG, JSON.stringify(config));
    const args = ["--stack", "dev", "--context", "other"];
    const { code, stderr } = await world.npm("preview", args, { env: { KUBECONFIG } });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /--context other, but Pulumi would deploy to bare .*kubernetes:context: other/,
    );
  });
});
