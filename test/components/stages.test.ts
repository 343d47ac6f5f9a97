import assert from "node:assert/strict";
import { accessTo } from "../../components/lib/network.ts";
import { type Staged, stagesOf } from "../../components/lib/stages.ts";
import { type Described, at, stack } from "../support/evaluation.ts";

/** A workload that may reach others. */
function workload(name: string, ...reached: string[]): Staged {
  const labels = reached.map((other) => accessTo({ name: other, port: 1, selector: {} }).labels);
  return { name, podLabels: Object.assign({}, ...labels) as Record<string, string> };
}

function names(workloads: Staged[]): string[][] {
  return stagesOf(workloads, (one) => one).map((stage) => stage.map(({ name }) => name));
}

/** Servers of a stack by stage, as sleep sees them. */
function stagesIn(described: Described): string[][] {
  const kinds = ["Deployment", "StatefulSet", "Cluster"];
  const found = described.objects
    .filter(({ kind }) => kinds.includes(kind))
    .map((object) => ({
      name: object.metadata.name,
      podLabels: (at(object, "spec.template.metadata.labels") ?? {}) as Record<string, string>,
    }));
  return names(found).map((stage) => stage.sort());
}

describe("the stages of sleep", () => {
  it("put every client before what it reaches", async () => {
    assert.deepEqual(stagesIn(await stack("dev")), [
      ["grafana", "ui"],
      ["prometheus"],
      [
        "diabetes-model-api",
        "iris-model-api",
        "postgres-exporter",
        "pushgateway",
        "titanic-model-api",
      ],
      ["mlflow"],
      ["object-store-seaweedfs", "postgres"],
    ]);
  });

  it("know the database of an operator", async () => {
    const stages = stagesIn(await stack("dev", { database: { kind: "cloudnative-pg" } }));
    assert.deepEqual(stages.at(-1), ["object-store-seaweedfs", "postgres"]);
  });

  it("find the place of a component that they never heard of, between client and server", () => {
    const [api, cache, database] = [
      workload("api", "cache", "database"),
      workload("cache", "database"),
      workload("database"),
    ];
    assert.deepEqual(names([database, api, cache]), [["api"], ["cache"], ["database"]]);
  });

  it("begin with what nobody reaches, such as a workload of someone else", () => {
    const all = [workload("foreign"), workload("database"), workload("api", "database")];
    assert.deepEqual(names(all), [["foreign", "api"], ["database"]]);
  });

  it("do not wait for what is elsewhere", () => {
    assert.deepEqual(names([workload("api", "not-here")]), [["api"]]);
  });

  it("come to an end where two reach each other", () => {
    const stages = names([workload("a", "b"), workload("b", "a", "c"), workload("c")]);
    assert.deepEqual(stages.flat().sort(), ["a", "b", "c"]);
    assert.ok(stages.at(-1)?.includes("c"));
  });

  it("are none where there is nothing", () => {
    assert.deepEqual(names([]), []);
  });
});
