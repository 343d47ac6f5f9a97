import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { BASE, describeStack, registry } from "../../support/edited-stack.ts";
import { long } from "../../support/long.ts";

describeStack("an edit of a stack", (stack) => {
  it("that is none changes nothing", () => {
    assert.deepEqual(stack.up(BASE), []);
  });

  it("rotates the registry's password in its Secret, and touches nothing else", () => {
    const rotated = { ...BASE, "slipway:registry": registry("second") };
    assert.deepEqual(stack.up(rotated), ["update Secret slipway-team"]);
    assert.deepEqual(stack.up(BASE), ["update Secret slipway-team"]);
  });

  const generated: [string, string[]][] = [
    ["postgres-mlflow", ["Deployment mlflow", "StatefulSet postgres"]],
    ["mlflow-admin", ["Deployment mlflow"]],
  ];
  for (const [name, restarted] of generated) {
    it(`makes ${name} anew, updates its Secret and what reads it at its start, and replaces nothing else`, () => {
      const urn = stack.urn("random:index/randomPassword:RandomPassword", name);
      assert.deepEqual(stack.up(BASE, "--replace", urn), [
        `replace RandomPassword ${name}`,
        ...["Secret " + name, ...restarted].map((one) => `update ${one}`).sort(),
      ]);
    });
  }

  it("that is a comment in a mounted script restarts what mounts it, and replaces nothing", () => {
    appendFileSync(join(stack.workspace.root, "components/files/postgres-check.sh"), "# a word\n");
    assert.deepEqual(stack.up(BASE), ["update ConfigMap postgres", "update StatefulSet postgres"]);
  });

  it("of the autoscaler's bounds updates the alert rules in place", () => {
    const [diabetes, iris] = BASE["slipway:models"] as [object, object];
    const models = [{ ...diabetes, replicas: { min: 2, max: 7 } }, iris];
    const touched = stack.up({ ...BASE, "slipway:models": models });
    assert.deepEqual(
      touched.filter((line) => !line.startsWith("update ")),
      [],
    );
    assert.ok(
      touched.includes("update HorizontalPodAutoscaler diabetes-model-api"),
      String(touched),
    );
  });

  long(
    "that moves models to each other's node ports, or another model to one, is made at once",
    () => {
      const ports = (...given: [string, number][]) => ({
        ...BASE,
        "slipway:models": given.map(([file, nodePort]) => ({ file: `${file}.yaml`, nodePort })),
      });
      stack.up(ports(["iris", 30800], ["diabetes", 30801]));
      assert.deepEqual(
        stack.up(ports(["diabetes", 30801], ["iris", 30800])),
        [],
        "the order in the file means nothing",
      );
      const another = stack.up(ports(["titanic", 30801], ["iris", 30800]));
      assert.ok(another.includes("update Service node-port-30801"), String(another));
      stack.up(ports(["iris", 30800]));
      assert.deepEqual(stack.up(ports(["iris", 30800])), []);
    },
  );
});
