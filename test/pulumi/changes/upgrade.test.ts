import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASE, describeStack } from "../../support/edited-stack.ts";

describeStack("a stack of an earlier Slipway", (stack) => {
  it("keeps its node ports' Services, which were named by their models", () => {
    const earlier = {
      "node-port-30800": "diabetes-model-api",
      "node-port-30801": "iris-model-api",
    };
    const file = join(stack.workspace.root, ".slipway", "earlier.json");
    stack.workspace.run("stack", "export", "-s", stack.name, "--show-secrets", "--file", file);
    let state = readFileSync(file, "utf8");
    for (const [port, service] of Object.entries(earlier)) {
      assert.ok(state.includes(`::${port}"`), port);
      // Logical name, then the object's name.
      state = state.replaceAll(`::${port}"`, `::${service.replace("-api", "-endpoint")}"`);
      state = state.replaceAll(port, `${service}-endpoint`);
    }
    writeFileSync(file, state);
    stack.workspace.run("stack", "import", "-s", stack.name, "--file", file);
    // A second object with the port would be refused already by the preview.
    assert.deepEqual(stack.up(BASE), []);
  });
});
