import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installed } from "../../tools/lib/installed.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CLI = installed("pulumi");

/** Component resources need no provider, and the engine shows policies their type and inputs all the same. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
new pulumi.ComponentResource("kubernetes:core/v1:Service", "mlflow", {
  spec: { type: new pulumi.Config().require("type") },
});
`;

describe("the policy pack in the real CLI", () => {
  let folder = "";

  before(function () {
    if (CLI === undefined) {
      this.test?.parent?.eachTest((test) => (test.title += " (skipped: no pulumi on the PATH)"));
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "slipway-policy-"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "index.cjs"), PROGRAM);
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      "{ name: slipway, main: index.cjs, runtime: { name: nodejs, options: { typescript: false } } }",
    );
    pulumi("stack", "init", "prod");
  });

  after(() => {
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  it("lets a good stack pass", () => {
    const { status, output } = preview("ClusterIP");
    assert.equal(status, 0, output);
    assert.match(output, /slipway@v/);
  });

  it("stops a preview that breaks a policy, and says what to do", () => {
    const { status, output } = preview("NodePort");
    assert.notEqual(status, 0);
    assert.match(output, /\[mandatory\]\s+closed-doors\s+\(kubernetes:core\/v1:Service: mlflow\)/);
    assert.match(output, /'spec.type' \(NodePort\) opens a port without TLS/);
  });

  function preview(type: string): ReturnType<typeof pulumi> {
    pulumi("config", "set", "--stack=prod", "type", type);
    return pulumi("preview", "--stack=prod", `--policy-pack=${join(ROOT, "policy")}`);
  }

  function pulumi(...args: string[]): { status: number | null; output: string } {
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const { status, stdout, stderr } = spawnSync(CLI ?? "", [...args, "--non-interactive"], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    return { status, output: stdout + stderr };
  }
});
