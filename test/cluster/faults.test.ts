import assert from "node:assert/strict";
import { underLoad } from "./support/constant-load.ts";
import { storedRows } from "./support/mlflow.ts";
import { kubectl, predict, rolledOut, until } from "./support/sandbox.ts";

const API = "app.kubernetes.io/name=diabetes-model-api";

describe("faults in the cluster", () => {
  it("keeps MLflow's runs when Postgres and MLflow are killed, and predictions go on", async () => {
    const before = await storedRows();
    const load = await underLoad(async () => {
      await kubectl("delete", "pod", "postgres-0", "--grace-period=0", "--force");
      const mlflow = ["-l", "app.kubernetes.io/name=mlflow", "--grace-period=0", "--force"];
      await kubectl("delete", "pod", ...mlflow);
      await rolledOut("statefulset/postgres");
      await rolledOut("deployment/mlflow");
    });
    assert.deepEqual(load.failures, []);
    assert.deepEqual(await storedRows(), before);
  });

  it("predicts on while MLflow and the object store are stopped", async () => {
    await kubectl(
      "scale",
      "deployment/mlflow",
      "statefulset/object-store-seaweedfs",
      "--replicas=0",
    );
    try {
      const load = await underLoad(() =>
        kubectl(
          "wait",
          "--for=delete",
          "pod",
          "-l",
          "app.kubernetes.io/name in (mlflow,object-store-seaweedfs)",
          "--timeout=90s",
        ),
      );
      assert.deepEqual(load.failures, []);
      assert(load.answered > 0);
    } finally {
      await kubectl(
        "scale",
        "deployment/mlflow",
        "statefulset/object-store-seaweedfs",
        "--replicas=1",
      );
      await rolledOut("statefulset/object-store-seaweedfs");
      await rolledOut("deployment/mlflow");
    }
  });

  it("loses no request when API pods are deleted one after the other", async () => {
    const load = await underLoad(async () => {
      // The oldest each time, of those that are there: the autoscaler takes some away meanwhile.
      for (let deleted = 0; deleted < 3; deleted += 1) {
        const byAge = ["--sort-by=.metadata.creationTimestamp", "-o", "name"];
        const [oldest = ""] = (await kubectl("get", "pods", "-l", API, ...byAge)).split("\n");
        await kubectl("delete", oldest, "--ignore-not-found");
        await rolledOut("deployment/diabetes-model-api");
      }
    });
    assert.deepEqual(load.failures, []);
  });

  it("loses no request in a roll-out", async () => {
    const load = await underLoad(async () => {
      await kubectl("rollout", "restart", "deployment/diabetes-model-api");
      await rolledOut("deployment/diabetes-model-api");
    });
    assert.deepEqual(load.failures, []);
  });

  it("gives a bad image no traffic", async () => {
    const load = await underLoad(async () => {
      // It starts and never becomes ready, as a broken release does.
      await kubectl("set", "image", "deployment/diabetes-model-api", "api=slipway.local/pause:1");
      await until("the bad pod", async () =>
        (await kubectl("get", "pods", "-l", API)).includes("0/1"),
      );
      await kubectl("rollout", "undo", "deployment/diabetes-model-api");
      await rolledOut("deployment/diabetes-model-api");
    });
    assert.deepEqual(load.failures, []);
  });

  it("honours the disruption budget while a node is drained", async () => {
    await kubectl("cordon", "slipway");
    try {
      const drain = ["--pod-selector", API, "--delete-emptydir-data", "--timeout=15s"];
      // The only node takes no new pods, so the budget must stop the drain before the last replica goes.
      await assert.rejects(
        kubectl("drain", "slipway", ...drain),
        /disruption budget|timed out|timeout/,
      );
      await predict();
    } finally {
      await kubectl("uncordon", "slipway");
      await rolledOut("deployment/diabetes-model-api");
    }
  });
});
