import assert from "node:assert/strict";
import { policies } from "../../policy/policies.ts";
import { deployment, type Manifest, violations } from "../support/policy-harness.ts";

describe("policies", () => {
  it("all accept a workload that keeps them", async () => {
    const found = policies().map((policy) => violations(policy, deployment(), { stack: "prod" }));
    assert.deepEqual((await Promise.all(found)).flat(), []);
  });

  it("look into Jobs, CronJobs and Pods as well", async () => {
    const [pinned] = policies();
    assert.ok(pinned);
    const template = { spec: { containers: [{ name: "train", image: "training:latest" }] } };
    const workloads: Manifest[] = [
      { apiVersion: "v1", kind: "Pod", ...template },
      { apiVersion: "batch/v1", kind: "Job", spec: { template } },
      { apiVersion: "batch/v1", kind: "CronJob", spec: { jobTemplate: { spec: { template } } } },
    ];
    for (const workload of workloads) {
      assert.deepEqual(await violations(pinned, workload), [
        "container 'train': 'image' (training:latest) is 'latest'; name a version",
      ]);
    }
  });

  it("look into init containers as well", async () => {
    const [, bounded] = policies();
    assert.ok(bounded);
    const pod = { initContainers: [{ name: "upgrade", image: "mlflow:1" }] };
    const found = await violations(bounded, deployment({}, pod));
    assert.equal(found.length, 3);
    assert.match(found[0] ?? "", /^container 'upgrade': /);
  });

  it("say nothing of what an `up --target` leaves unmade, but all of what it makes", async () => {
    const kinds = [
      ["apps/v1", "Deployment"],
      ["batch/v1", "CronJob"],
      ["v1", "Service"],
      ["v1", "Namespace"],
      ["networking.k8s.io/v1", "Ingress"],
      ["autoscaling/v2", "HorizontalPodAutoscaler"],
    ] as const;
    for (const [apiVersion, kind] of kinds) {
      const unmade = policies().map((policy) =>
        violations(policy, { apiVersion, kind }, { stack: "prod" }),
      );
      assert.deepEqual((await Promise.all(unmade)).flat(), [], kind);
    }
    const [pinned] = policies();
    assert.ok(pinned);
    assert.equal((await violations(pinned, deployment({ image: "api:latest" }))).length, 1);
  });

  it("leave pods in a vendor's namespace to the vendor", async () => {
    const [pinned] = policies();
    assert.ok(pinned);
    const argo = deployment({ image: "argocd:latest" });
    argo.metadata = { name: "argocd-server", namespace: "argocd" };
    assert.deepEqual(await violations(pinned, argo), []);
  });

  it("have names of their own", () => {
    const all = policies().map(({ name }) => name);
    assert.equal(new Set(all).size, all.length);
  });
});
