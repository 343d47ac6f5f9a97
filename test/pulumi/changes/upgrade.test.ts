import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApiServer } from "../../support/api-server.ts";
import { BASE, EditedStack } from "../../support/edited-stack.ts";
import { prerequisites } from "../../support/prerequisites.ts";
import { Workspace } from "../../support/workspace.ts";

const { cli, programs, reason } = prerequisites();

describe(`a stack of an earlier Slipway${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  let workspace: Workspace;
  let stack: EditedStack;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    const server = await startApiServer(programs);
    undo.push(() => server.stop());
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    stack = new EditedStack(workspace);
    stack.up(BASE);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  it("keeps its node ports' Services, which were named by their models", () => {
    const earlier = {
      "node-port-30800": "diabetes-model-api",
      "node-port-30801": "iris-model-api",
    };
    const file = join(workspace.root, ".slipway", "earlier.json");
    workspace.run("stack", "export", "-s", stack.name, "--show-secrets", "--file", file);
    let state = readFileSync(file, "utf8");
    for (const [port, service] of Object.entries(earlier)) {
      assert.ok(state.includes(`::${port}"`), port);
      // Logical name, then the object's name.
      state = state.replaceAll(`::${port}"`, `::${service.replace("-api", "-endpoint")}"`);
      state = state.replaceAll(port, `${service}-endpoint`);
    }
    writeFileSync(file, state);
    workspace.run("stack", "import", "-s", stack.name, "--file", file);
    // A second object with the port would be refused already by the preview.
    assert.deepEqual(stack.up(BASE), []);
  });
});
