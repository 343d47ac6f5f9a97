import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeDelivery } from "../../support/delivery-world.ts";
import { PlayedCluster } from "../../support/played-cluster.ts";

describeDelivery("npm run train", { deployed: true }, (world) => {
  const train = async (...args: string[]) =>
    world.npm("train", ["--stack", "dev", ...args], { env: await world.served() });

  const uid = (kind: string, name: string) => {
    const args = ["get", kind, "-l", `app.kubernetes.io/name=${name}`, "-o", "jsonpath={..uid}"];
    return world.kubectl("-n", "slipway-dev", ...args);
  };

  it("runs the chosen model's Job again through the program, and touches nothing else", async () => {
    const jobs = ["iris-model-training", "titanic-model-training"].map((name) => uid("jobs", name));
    const api = uid("deployments", "iris-model-api");
    const { code, stdout, stderr } = await train("--model", "iris", "--model", "");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^iris-model: \{/m);
    assert.notEqual(uid("jobs", "iris-model-training"), jobs[0]);
    assert.equal(uid("jobs", "titanic-model-training"), jobs[1]);
    assert.equal(uid("deployments", "iris-model-api"), api);
  });

  describe("of a commit with a new model", () => {
    before(() => {
      world.configure("slipway:models", [{ file: "diabetes.yaml" }, { file: "iris.yaml" }]);
    });
    after(() => {
      world.restore();
    });

    it("leaves the new one to the deployment that is to follow, and trains the others", async () => {
      const iris = uid("jobs", "iris-model-training");
      const { code, stdout, stderr } = await train();
      assert.equal(code, 0, stderr);
      assert.match(stdout, /diabetes-model is not deployed yet: `npm run deploy -- --stack dev`/);
      assert.match(stdout, /^iris-model: \{/m);
      assert.notEqual(uid("jobs", "iris-model-training"), iris);
      assert.equal(uid("jobs,networkpolicies", "diabetes-model-training"), "");
    });

    it("says so of one that is named", async () => {
      const { code, stderr } = await train("--model", "diabetes");
      assert.equal(code, 1);
      assert.match(stderr, /^diabetes-model is not deployed yet: .* makes its API and trains it$/);
    });

    it("is followed by a deployment that trains the new one, and by trainings with it", async () => {
      world.workspace.change("up", "dev");
      const first = uid("jobs", "diabetes-model-training");
      assert.notEqual(first, "");
      const { code, stdout, stderr } = await train("--model", "diabetes");
      assert.equal(code, 0, stdout + stderr);
      assert.notEqual(uid("jobs", "diabetes-model-training"), first);
    });
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
    assert.match(stderr, /→ the stack is locked: .*--recover .*interrupted-up\.md/);
  });

  it("refuses a model that the stack does not have", async () => {
    const { code, stderr } = await world.npm("train", ["--stack", "dev", "--model", "diabetes"]);
    assert.equal(code, 2);
    assert.match(stderr, /--model diabetes: this stack has iris-model, titanic-model/);
  });

  describe("of an environment that sleeps", () => {
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
});
