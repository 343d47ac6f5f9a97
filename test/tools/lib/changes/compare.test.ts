import assert from "node:assert/strict";
import { compare } from "../../../../tools/lib/changes/compare.ts";
import type { Evaluated } from "../../../../tools/lib/program/evaluate.ts";

const resource = (type: string, name: string, inputs: object, aliases: string[] = []) =>
  ({
    ...{ type, name, inputs, options: {}, parents: [] },
    urns: [`${type}::${name}`, ...aliases],
  }) as Evaluated;
const service = (name: string, inputs: object, aliases: string[] = []) =>
  resource("kubernetes:core/v1:Service", name, inputs, aliases);
const compared = (before: Evaluated[], after: Evaluated[]) =>
  compare({ resources: before, outputs: {} }, { resources: after, outputs: {} });

describe("two evaluations, compared", () => {
  it("show short values before and after, as deep as they differ, in lists too", () => {
    const of = (port: number, labels: object) => [
      service("api", { spec: { ports: [{ port: 80 }, { port }] }, metadata: { labels } }),
    ];
    const [change] = compared(of(81, { "a.b/c": "x" }), of(82, {}));
    assert.deepEqual(change?.properties, [
      "metadata.labels.a.b/c: x → none",
      "spec.ports[1].port: 81 → 82",
    ]);
  });

  it("show only where a long text, or one of several lines, differs", () => {
    const [change] = compared(
      [service("api", { data: { long: "x".repeat(200), lines: "a" } })],
      [service("api", { data: { long: "y", lines: "a\nb" } })],
    );
    assert.deepEqual(change?.properties, ["data.lines", "data.long"]);
  });

  it("show no value of a secret or of a generated password", () => {
    for (const type of [
      "kubernetes:core/v1:Secret",
      "random:index/randomPassword:RandomPassword",
    ]) {
      const of = (value: string) => [resource(type, "admin", { text: { password: value } })];
      assert.deepEqual(compared(of("canary-1"), of("canary-2"))[0]?.properties, ["text.password"]);
    }
  });

  it("know a renamed resource by its alias: nothing goes, and nothing comes", () => {
    const before = service("old", { spec: {} });
    const after = service("new", { spec: {} }, ["kubernetes:core/v1:Service::old"]);
    assert.deepEqual(compared([before], [after]), []);
    const ops = compared([before], [service("new", { spec: {} })]).map(({ op }) => op);
    assert.deepEqual(ops, ["create", "delete"]);
  });
});
