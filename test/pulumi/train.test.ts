import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeDelivery } from "./delivery-world.ts";
import { PlayedCluster } from "./played-cluster.ts";

describeDelivery("npm run train", { deployed: true }, (world) => {
  const uid = (kind: string, name: string) => {
    const args = ["get", kind, "-l", `app.kubernetes.io/name=${name}`, "-o", "jsonpath={..uid}"];
    return world.kubectl("-n", "slipway-dev", ...args);
  };

  it("runs the chosen model's Job again through the program, and touches nothing else", async () => {
    const jobs = ["iris-model-training", "titanic-model-training"].map((name) => uid("jobs", name));
    const api = uid("deployments", "iris-model-api");
    const { code, stderr } = await world.npm(
      "train",
      ["--stack", "dev", "--model", "iris", "--model", ""],
      { env: { TRIES: "1" } },
    );
    // No pod runs here, so the API can't be asked.
    assert.equal(code, 1);
    assert.match(stderr, /iris-model-api in slipway-dev does not answer/);
    assert.notEqual(uid("jobs", "iris-model-training"), jobs[0]);
    assert.equal(uid("jobs", "titanic-model-training"), jobs[1]);
    assert.equal(uid("deployments", "iris-model-api"), api);
  });

  it("explains a stack that another run has locked", async () => {
    const locks = join(
      world.workspace.root,
      ".slipway/state/.pulumi/locks/organization/slipway/dev",
    );
    mkdirSync(locks, { recursive: true });
    const lock = {
      pid: 1,
      username: "ci",
      hostname: "runner",
      timestamp: new Date().toISOString(),
    };
    writeFileSync(join(locks, "0.json"), JSON.stringify(lock));
    const { code, stderr } = await world.npm("train", ["--stack", "dev", "--model", "titanic"]);
    rmSync(locks, { recursive: true });
    assert.equal(code, 1);
    assert.match(stderr, /→ the stack is locked: .*`pulumi cancel`.*interrupted-up\.md/);
  });

  it("refuses a model that the stack does not have", async () => {
    const { code, stderr } = await world.npm("train", ["--stack", "dev", "--model", "diabetes"]);
    assert.equal(code, 2);
    assert.match(stderr, /--model diabetes: this stack has iris-model, titanic-model/);
  });

  it("says with exit code 3 that the gate refused, and leaves what slept asleep", async () => {
    // No pod and no controller runs here: this plays them.
    const cluster = new PlayedCluster(world.kubeconfig, world.programs.kubectl, "slipway-dev");
    world.configure("slipway:wait", true);
    cluster.playRejectedTraining("iris-model");
    cluster.start();
    try {
      assert.equal((await world.npm("sleep", ["--stack", "dev"])).code, 0);
      const output = world.scratch("train-output");
      const { code, stdout, stderr } = await world.npm(
        "train",
        ["--stack", "dev", "--model", "iris"],
        {
          env: { GITHUB_OUTPUT: output },
        },
      );
      assert.equal(code, 3, stdout + stderr);
      assert.match(stderr, /the gate rejected iris-model: the champion stays and keeps serving/);
      assert.match(stdout, /Deployment mlflow: woken[^]*slipway-dev is asleep again/);
      assert.equal(readFileSync(output, "utf8"), "slept=true\n");
      const replicas = ["get", "deployments,statefulsets", "-o", "jsonpath={..spec.replicas}"];
      assert.match(world.kubectl("-n", "slipway-dev", ...replicas), /^0( 0)*$/);
    } finally {
      cluster.stop();
      world.restore();
    }
  });
});
