import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import { CONFIG_FILE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { underLoad } from "./support/constant-load.ts";
import { storedRows } from "./support/mlflow.ts";
import { kubectl, needPulumi, readyReplicas } from "./support/sandbox.ts";

/** Rows of docs/changes.md that restart, add and take away, in one deployment. */
const EDITS = {
  "slipway:models": [
    {
      ...{ file: "diabetes.yaml", nodePort: 30800, replicas: { min: 3, max: 9 } },
      resources: { cpu: "60m" },
    },
    { file: "titanic.yaml", nodePort: 30801, replicas: { min: 1, max: 3 } },
  ],
  "slipway:mlflow": { resources: { cpu: "210m" } },
  "slipway:endpoint": { kind: "nodePort" },
  "slipway:ui": { replicas: 3 },
};

describe("edits of the stack file, under load", () => {
  it("lose no request and no row, there and back", async function () {
    this.timeout(900_000);
    await needPulumi(this);
    await readyReplicas("diabetes-model-api", 3);
    const before = await storedRows();
    const file = await readFile(CONFIG_FILE, "utf8");
    const load = await underLoad(async () => {
      try {
        editStackFile(CONFIG_FILE, EDITS);
        await deploy();
        assert.match(await kubectl("get", "deployments", "-o", "name"), /titanic-model-api/);
        assert.doesNotMatch(await kubectl("get", "deployments", "-o", "name"), /iris-model-api/);
      } finally {
        await writeFile(CONFIG_FILE, file);
        await deploy();
      }
    });
    assert.deepEqual(load.failures, []);
    assert(load.answered > 0);
    const after = new Set(await storedRows());
    assert.deepEqual(
      before.filter((row) => !after.has(row)),
      [],
    );
    assert.match(await kubectl("get", "deployments", "-o", "name"), /iris-model-api/);
  });
});

async function deploy(): Promise<void> {
  const args = ["--stack", "sandbox", "--yes", "--dirty"];
  await execa({ cwd: ROOT, all: true })`npm run --silent deploy -- ${args}`;
}
