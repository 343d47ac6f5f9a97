import assert from "node:assert/strict";
import { NAMESPACE } from "../../tools/lib/stack/sandbox.ts";
import { existingCluster } from "../../tools/sandbox/choose-cluster.ts";
import { waitForRollout } from "../../tools/sandbox/rollout.ts";
import { kubectl, objects } from "./support/sandbox.ts";

interface ConfigMap {
  metadata: { name: string };
  data: Record<string, string>;
}

interface Job {
  metadata: { name: string };
  spec: {
    template: {
      metadata: { labels: Record<string, string> };
      spec: { volumes: { name: string; configMap?: { name: string } }[] };
    };
  };
}

const FAILING = "failing-training";

describe("a training that fails", () => {
  it("shows its reason where people look: the roll-out, the pod and its log", async () => {
    const [job] = (await objects<Job>("jobs")).filter(({ metadata }) =>
      metadata.name.startsWith("diabetes-model-training"),
    );
    assert(job);
    await kubectl("apply", "-f", "-", { input: JSON.stringify(await broken(job)) });
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
      await kubectl("delete", `job/${FAILING}`, `configmap/${FAILING}`);
    }
  });
});

/** The training's Job with a model YAML that names a column which the data does not have. */
async function broken({ spec }: Job): Promise<object> {
  const { template } = spec;
  const volume = template.spec.volumes.find(({ configMap }) => configMap);
  const name = volume?.configMap?.name ?? "";
  const { data } = JSON.parse(await kubectl("get", `configmap/${name}`, "-o", "json")) as ConfigMap;
  const yaml = data["diabetes.yaml"]?.replace("column: Outcome", "column: Outcom");
  const { labels } = template.metadata;
  const kept = Object.entries(labels).filter(([key]) => !/controller-uid|job-name/.test(key));
  const volumes = template.spec.volumes.map((each) =>
    each === volume ? { ...each, configMap: { name: FAILING } } : each,
  );
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: FAILING },
        data: { "diabetes.yaml": yaml },
      },
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: FAILING },
        spec: {
          backoffLimit: 0,
          template: {
            metadata: { labels: Object.fromEntries(kept) },
            spec: { ...template.spec, volumes },
          },
        },
      },
    ],
  };
}
