import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type ApiServer, startApiServer } from "../support/api-server.ts";
import { PlayedCluster } from "../support/played-cluster.ts";
import { prerequisites } from "../support/prerequisites.ts";
import { Workspace } from "../support/workspace.ts";

const { cli, programs, reason } = prerequisites();

const STACK = "dev";
const YAML = "training/models/iris.yaml";
/** What a training consists of: nothing else would ever be ready here. */
const TARGETS = ["**::iris-model-training", "**::iris-model-training-*"].flatMap((urn) => [
  "--target",
  urn,
]);

describe(`an \`up\` whose training failed${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  let server: ApiServer;
  let workspace: Workspace;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    undo.unshift(() => server.stop());
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    configure(false);
    workspace.run("stack", "init", STACK);
    workspace.commit("one model");
  });

  after(async () => {
    for (const step of undo) await step();
  });

  /** @param wait for the training's end, which nothing but `PlayedCluster` brings here. */
  function configure(wait: boolean): void {
    const config = {
      "slipway:cluster": "local",
      "slipway:wait": wait,
      "slipway:models": [{ file: "iris.yaml" }],
    };
    writeFileSync(join(workspace.root, `Pulumi.${STACK}.yaml`), stringify({ config }));
  }

  /** What trains the model: the Job's name and the YAML that it reads. */
  function training(): string[] {
    const selector = "app.kubernetes.io/name=iris-model-training";
    const get = ["-n", `slipway-${STACK}`, "get", "jobs,configmaps", "-l", selector];
    const args = ["--kubeconfig", server.kubeconfig, ...get, "-o", "json"];
    const output = execFileSync(programs?.kubectl ?? "", args, { encoding: "utf8" });
    const { items } = JSON.parse(output) as {
      items: { kind: string; metadata: { name: string }; data?: object }[];
    };
    return items.map(({ kind, metadata, data }) =>
      kind === "Job" ? metadata.name : JSON.stringify(data),
    );
  }

  it("is no obstacle to its revert, which brings the earlier training back", async () => {
    workspace.change("up", STACK);
    const before = training();
    assert.equal(before.length, 2, before.join("\n"));

    const path = join(workspace.root, YAML);
    const good = readFileSync(path, "utf8");
    writeFileSync(path, good.replace("accuracy: 0.9,", "accuracy: 0.9999,"));
    assert.notEqual(readFileSync(path, "utf8"), good);
    configure(true);
    const cluster = new PlayedCluster(
      server.kubeconfig,
      programs?.kubectl ?? "",
      `slipway-${STACK}`,
    );
    cluster.playRejectedTraining("iris-model");
    cluster.start();
    try {
      const { failed: rejected, all } = await workspace.attempt(STACK, ...TARGETS);
      assert.ok(rejected);
      assert.match(all, /iris-model-training-\w{8}.*failed/);
    } finally {
      cluster.stop();
    }
    const failed = training();
    assert.equal(failed.length, 2, failed.join("\n"));
    assert.ok(!failed.some((part) => before.includes(part)), failed.join("\n"));

    writeFileSync(path, good);
    configure(false);
    workspace.change("up", STACK);
    assert.deepEqual(training(), before);
    assert.deepEqual(Object.keys(workspace.preview(STACK)), ["same"]);
  });
});
