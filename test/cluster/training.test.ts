import assert from "node:assert/strict";
import { NAMESPACE } from "../../tools/lib/stack/sandbox.ts";
import { existingCluster } from "../../tools/sandbox/choose-cluster.ts";
import { waitForRollout } from "../../tools/sandbox/rollout.ts";
import { endTraining, startTraining } from "./support/own-training.ts";
import { kubectl } from "./support/sandbox.ts";

const FAILING = "failing-training";

describe("a training that fails", () => {
  it("shows its reason where people look: the roll-out, the pod and its log", async () => {
    const yaml = (own: string) => own.replace("column: Outcome", "column: Outcom");
    await startTraining({ name: FAILING, of: "diabetes", yaml });
    try {
      const cluster = await existingCluster();
      assert(cluster);
      await assert.rejects(waitForRollout(cluster, [NAMESPACE], 120), (error: Error) => {
        assert.match(error.message, new RegExp(`job ${FAILING} failed`));
        assert.match(error.message, /'?Outcom'?/);
        return true;
      });
      const path = "jsonpath={.items[0].status.containerStatuses[0].state.terminated}";
      const pod = ["get", "pods", "-l", `job-name=${FAILING}`, "-o", path];
      const { message, exitCode } = JSON.parse(await kubectl(...pod)) as {
        message: string;
        exitCode: number;
      };
      assert.equal(exitCode, 2);
      assert.match(message, /Outcom/);
    } finally {
      await endTraining(FAILING);
    }
  });
});
