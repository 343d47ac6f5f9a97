import assert from "node:assert/strict";
import { kubectl, objects } from "./support/sandbox.ts";

interface Pod {
  metadata: { name: string };
  spec: { volumes?: { name: string; projected?: { sources: object[] } }[] };
}

describe("what the namespace admits", () => {
  it("enforces the restricted standard on every pod", async () => {
    const labels = await kubectl(
      "get",
      "namespace",
      "slipway-sandbox",
      "-o",
      "jsonpath={.metadata.labels}",
    );
    assert.match(labels, /"pod-security.kubernetes.io\/enforce":"restricted"/);
    const privileged = ["run", "probe", "--image=slipway.local/pause:1", "--privileged"];
    await assert.rejects(
      kubectl(...privileged, "--dry-run=server"),
      /violates PodSecurity "restricted/,
    );
  });

  it("runs no pod with a service-account token", async () => {
    const withToken = (await objects<Pod>("pods")).filter(({ spec }) =>
      spec.volumes?.some(({ projected }) =>
        projected?.sources.some((source) => "serviceAccountToken" in source),
      ),
    );
    assert.deepEqual(
      withToken.map(({ metadata }) => metadata.name),
      [],
    );
  });
});
