import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { validateConfig } from "../../components/config/validate.ts";
import { modelsIn } from "../../components/lib/model-file.ts";
import { rawStack } from "../../tools/lib/stack/stack-file.ts";
import { Workspace, findPulumi } from "../support/workspace.ts";

const cli = findPulumi();
const reason = "missing" in cli ? cli.missing : "";

/** A preview that is refused needs no cluster: it ends before the first resource. */
describe(`the configuration as the real Pulumi CLI writes it${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(300_000);
  let workspace: Workspace;

  before(function () {
    if ("missing" in cli) {
      this.skip();
      return;
    }
    workspace = new Workspace(cli.pulumi, "/nowhere");
    workspace.run("stack", "init", "dev");
  });

  after(() => {
    if (!("missing" in cli)) workspace.remove();
  });

  const set = (...args: string[]) => workspace.run("config", "set", "-s", "dev", ...args);
  const raw = () => rawStack("dev", join(workspace.root, "Pulumi.dev.yaml"));
  /** What the preview of a stack that is refused says. */
  const refusal = (stack: string): string => {
    try {
      workspace.run("preview", "-s", stack);
    } catch (error) {
      const said = String(error);
      assert.doesNotMatch(said, /^ +at .*\.ts:/m, "a trace");
      return said;
    }
    throw new Error("was not refused");
  };

  it("is refused for a key that lacks --path, and for nothing that depends on it", () => {
    set("--path", "slipway:registry.username", "4711");
    set("--path", "--secret", "slipway:registry.password", "hunter2");
    set("slipway:database.size", "7Gi");
    const said = refusal("dev");
    assert.match(said, /has 1 problem\(s\)/);
    assert.match(said, /config set --path "slipway:database\.size" <value>/);
    assert.doesNotMatch(said, /hunter2/);
    workspace.run("config", "rm", "-s", "dev", "slipway:database.size");
  });

  it("is taken with numbers, truth values and defaults beside a key", () => {
    set("--path", "slipway:database.size", "7Gi");
    set("--path", "slipway:ui.replicas", "3");
    set("--path", "slipway:monitoring.grafana", "false");
    set("slipway:wait", "false");
    const { config, problems } = validateConfig(raw(), "dev", { models: modelsIn(workspace.root) });
    assert.ok(config, JSON.stringify(problems));
    const { registry, database, ui, monitoring, wait } = config;
    assert.ok(database.kind === "bundled");
    assert.deepEqual(
      [registry?.username, database.size, ui.replicas, monitoring.grafana, wait],
      ["4711", "7Gi", 3, false, false],
    );
  });

  it("is refused with a text in place of a truth value, also by the program", () => {
    set("slipway:wait", "yes");
    assert.match(refusal("dev"), /slipway:wait: must be true or false/);
    set("slipway:wait", "false");
  });

  it("is refused for a stack whose name makes no namespace", () => {
    workspace.run("stack", "init", "Team_A");
    workspace.run("config", "cp", "-s", "dev", "--dest", "Team_A");
    assert.match(refusal("Team_A"), /stack 'Team_A' names the environment slipway-Team_A/);
  });

  it("says what is missing outside git", () => {
    rmSync(join(workspace.root, ".git"), { recursive: true });
    assert.match(refusal("dev"), /is not a git checkout, .*: clone the repository/);
  });
});
