import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiServer, startApiServer } from "../support/api-server.ts";
import { prerequisites } from "../support/prerequisites.ts";
import { Workspace } from "../support/workspace.ts";

const { cli, programs, reason } = prerequisites();

describe(`the real Pulumi CLI against a bare Kubernetes API${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  let server: ApiServer;
  let workspace: Workspace;
  const undo: (() => Promise<void> | void)[] = [];
  const stack = "sandbox";

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    undo.push(() => server.stop());
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    const file = join(workspace.root, `Pulumi.${stack}.yaml`);
    appendFileSync(file, "  slipway:wait: false\n");
    workspace.run("stack", "init", stack);
    workspace.commit("no pods run here");
  });

  after(async () => {
    for (const step of undo) await step();
  });

  const kubectl = (...args: string[]) =>
    execFileSync(programs?.kubectl ?? "", ["--kubeconfig", server.kubeconfig, ...args], {
      encoding: "utf8",
    });

  it("makes with `up` exactly what `preview` announced", () => {
    const announced = workspace.preview(stack);
    assert.deepEqual(Object.keys(announced), ["create"]);
    assert.deepEqual(workspace.change("up", stack).changes, announced);
    assert.match(
      kubectl("-n", "slipway-sandbox", "get", "deployments", "-o", "name"),
      /deployment\.apps\/mlflow/,
    );
  });

  it("changes nothing the second time, nor announces it", () => {
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["same"]);
    assert.deepEqual(workspace.change("up", stack).touched, []);
  });

  it("changes nothing after a commit elsewhere", () => {
    appendFileSync(join(workspace.root, "LICENSE"), "\n");
    workspace.commit("elsewhere");
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["same"]);
  });

  it("finds no drift", () => {
    assert.deepEqual(workspace.change("refresh", stack).touched, []);
  });

  it("undoes a manual change", () => {
    kubectl("-n", "slipway-sandbox", "delete", "service", "mlflow");
    workspace.change("refresh", stack);
    assert.deepEqual(
      workspace.change("up", stack).touched.map((line) => line.split(" ")[0]),
      ["create"],
    );
  });

  it("leaves the replicas that the autoscaler chose", () => {
    kubectl(
      "-n",
      "slipway-sandbox",
      "scale",
      "deployment",
      "diabetes-model-api",
      "--replicas",
      "7",
    );
    workspace.change("refresh", stack);
    workspace.change("up", stack);
    const replicas = kubectl(
      "-n",
      "slipway-sandbox",
      "get",
      "deployment",
      "diabetes-model-api",
      "-o",
      "jsonpath={.spec.replicas}",
    );
    assert.equal(replicas, "7");
  });

  it("changes only the workload whose folder was touched", () => {
    appendFileSync(join(workspace.root, "ui", "package.json"), "\n");
    workspace.commit("the page");
    const { touched } = workspace.change("up", stack);
    const names = touched.map((line) => line.split(" ").at(-1));
    assert.deepEqual([...new Set(names)], ["ui"], touched.join("\n"));
  });

  it("trains again only the model whose YAML was touched", () => {
    const file = join(workspace.root, "training/models/iris.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8")}\n# another word\n`);
    workspace.commit("iris");
    const { touched } = workspace.change("up", stack);
    assert.deepEqual(
      [...new Set(touched.map((line) => line.split(" ").at(-1)))],
      ["iris-model-training"],
      touched.join("\n"),
    );
  });

  it("keeps no password in clear: not in the state, not in the objects' annotations", () => {
    const password = Buffer.from(
      kubectl(
        "-n",
        "slipway-sandbox",
        "get",
        "secret",
        "mlflow-admin",
        "-o",
        "jsonpath={.data.password}",
      ),
      "base64",
    ).toString();
    assert.equal(password.length, 32);
    assert.ok(!workspace.run("stack", "export", "-s", stack).includes(password));
    assert.ok(
      !kubectl(
        "-n",
        "slipway-sandbox",
        "get",
        "secrets,deployments,statefulsets,configmaps",
        "-o",
        "yaml",
      ).includes(password),
    );
  });

  it("takes everything away with `destroy`", () => {
    const { changes } = workspace.change("destroy", stack);
    assert.deepEqual(Object.keys(changes), ["delete"]);
  });
});
