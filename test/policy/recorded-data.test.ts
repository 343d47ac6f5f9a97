import assert from "node:assert/strict";
import type { PolicyResource } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { Slipway } from "../../components/slipway.ts";
import { recordedData } from "../../policy/recorded-data.ts";
import { plain } from "../../tools/lib/program/evaluate.ts";
import { type Described, components, stack } from "../support/evaluation.ts";

const CLUSTER = { kind: "cloudnative-pg" };
const STACKS: [string, Parameters<typeof stack>[1]?][] = [
  ["dev"],
  ["prod"],
  ["sandbox"],
  ["dev", { database: CLUSTER }],
  ["dev", { namespace: "team-a", quota: undefined }],
  ["dev", { monitoring: { kind: "off" } }],
  [
    "dev",
    { monitoring: { alerts: { receivers: [{ kind: "slack", url: "https://a.example.com" }] } } },
  ],
];

describe("recorded-data", () => {
  for (const [name, overrides] of STACKS) {
    it(`finds all of ${name} ${overrides ? JSON.stringify(overrides) : ""} in the program's record`, async () => {
      const described = await stack(name, overrides);
      const held = ["PersistentVolumeClaim", "Cluster"].flatMap((kind) => described.kind(kind));
      assert.notEqual(held.length, 0);
      assert.deepEqual(reportsOn(described), []);
    });
  }

  it("refuses a claim that the record lacks, or has otherwise", async () => {
    const described = await stack("dev");
    const record = described.resource("index:Stash", "data").inputs["input"];
    const { "postgres-data": database, ...others } = plain(record) as Record<string, object>;
    delete others["prometheus-data"];
    const changed = { ...others, "postgres-data": { ...database, size: "1Gi" } };
    const reports = reportsOn(described, { input: changed });
    assert.deepEqual(reports.sort(), [
      "PersistentVolumeClaim 'postgres-data' (5Gi) is not in the record of data: add it to 'heldData' in components/data-guard.ts, or an edit may lose it unnoticed",
      "PersistentVolumeClaim 'prometheus-data' (5Gi) is not in the record of data: add it to 'heldData' in components/data-guard.ts, or an edit may lose it unnoticed",
    ]);
  });

  it("finds all of several Slipways in their records, and looks at nothing else that is stashed", async () => {
    const pin = `registry.example.com/serving:1@sha256:${"ab".repeat(32)}`;
    const pins = { training: pin, serving: pin, ui: pin, mlflow: pin, seaweedfs: pin };
    const args = { modelFolder: "training/models", models: [{ file: "iris.yaml" }], pins };
    const described = await components(() => {
      new pulumi.Stash("other", { input: "a text" });
      new Slipway("ml", args);
      new Slipway("fraud", { ...args, objectStore: { size: "20Gi" } });
      return {};
    });
    assert.equal(described.kind("PersistentVolumeClaim").length, 6);
    assert.deepEqual(reportsOn(described), []);
  });

  it("refuses every claim of a program without a record", async () => {
    const described = await stack("dev");
    assert.equal(reportsOn(described, {}).length, 3);
  });
});

/** What the policy says of a stack, with another record where one is given. */
function reportsOn({ resources }: Described, record?: Record<string, unknown>): string[] {
  const shown = resources.map(({ type, name, inputs }): PolicyResource => {
    const props = plain(inputs) as Record<string, unknown>;
    const isRecord = type === "pulumi:index:Stash";
    return {
      ...{ type, name, urn: name, dependencies: [], propertyDependencies: {} },
      props: isRecord && record ? record : props,
      opts: {
        protect: false,
        ignoreChanges: [],
        aliases: [],
        additionalSecretOutputs: [],
        customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
      },
      isType: () => false,
      asType: () => undefined,
    };
  });
  const reports: string[] = [];
  const args = { resources: shown, stackTags: new Map<string, string>() };
  void recordedData.validateStack(
    {
      ...args,
      getConfig: () => ({}) as never,
      notApplicable: (reason) => {
        throw new Error(reason);
      },
    },
    (message) => reports.push(message),
  );
  return reports;
}
