import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describeDelivery } from "../../support/delivery-world.ts";

describeDelivery("npm run pr-sandbox", {}, (world) => {
  const stacks = () => world.workspace.run("stack", "ls").match(/^pr-\d+/gm) ?? [];

  /** As Pulumi's state in files keeps it. */
  const locked = (pid: number) => {
    const folder = join(
      world.workspace.root,
      ".slipway/state/.pulumi/locks/organization/slipway/pr-12",
    );
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${randomUUID()}.json`);
    const timestamp = new Date().toISOString();
    writeFileSync(file, JSON.stringify({ pid, username: "a", hostname: hostname(), timestamp }));
    return () => {
      rmSync(file);
    };
  };

  it("refuses a template with a namespace, which all of them would share", async () => {
    const key = ["-s", "pr", "slipway:namespace"];
    world.workspace.run("config", "set", ...key, "team-a");
    const { code, stderr } = await world.npm("pr-sandbox", ["up", "--number", "11"]);
    assert.equal(code, 1);
    assert.match(stderr, /Pulumi\.pr\.yaml names a 'namespace', .* remove the key/);
    assert.deepEqual(stacks(), []);
    world.workspace.run("config", "rm", ...key);
  });

  it("makes an environment with a host of its own, and says where it is", async () => {
    const file = join(world.workspace.root, "sandbox.md");
    const { code, stderr } = await world.npm("pr-sandbox", ["up", "--number", "12", "--out", file]);
    assert.equal(code, 0, stderr);
    const comment = readFileSync(file, "utf8");
    assert.match(comment, /^<!-- slipway sandbox -->\n### Sandbox `pr-12`/);
    assert.match(comment, /\| `ui` +\| https:\/\/pr-12\.dev\.example\.com \|/);
    assert.match(
      world.kubectl("-n", "slipway-pr-12", "get", "deployments", "-o", "name"),
      /mlflow/,
    );
  });

  it("waits for nobody, and ends nobody: a lock of a living process is refused", async () => {
    const remove = locked(process.pid);
    const { code, stderr } = await world.npm("pr-sandbox", ["up", "--number", "12"]);
    remove();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /created by \S+ \(pid \d+\)[^\n]*: it still runs, so wait for it, or end it/,
    );
  });

  it("updates it from another runner, which has no file of it, after one that was killed", async () => {
    world.workspace.git("clean", "-qfX", "Pulumi.pr-12.yaml");
    locked(spawnSync("true").pid);
    const { code, stderr } = await world.npm("pr-sandbox", ["up", "--number", "12"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\d+ unchanged/);
    assert.doesNotMatch(stderr, /created|deleted/);
  });

  it("makes it anew on demand", async () => {
    const uid = () =>
      world.kubectl("get", "namespace", "slipway-pr-12", "-o", "jsonpath={.metadata.uid}");
    const before = uid();
    const { code, stderr } = await world.npm("pr-sandbox", ["recreate", "--number", "12"]);
    assert.equal(code, 0, stderr);
    assert.notEqual(uid(), before);
  });

  it("sweeps away what belongs to no open pull request, and nothing else", async () => {
    await world.npm("pr-sandbox", ["up", "--number", "13"]);
    const open = JSON.stringify([{ number: 13 }]);
    const { code, stderr } = await world.npm("pr-sandbox", ["sweep", "--open", "-"], {
      input: open,
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual(stacks(), ["pr-13"]);
    world.kubectl("wait", "--for=delete", "namespace/slipway-pr-12", "--timeout=60s");
    assert.match(world.kubectl("get", "namespaces", "-o", "name"), /slipway-pr-13/);
    assert.match(world.workspace.run("stack", "ls"), /^dev /m);
  });

  it("sweeps nothing when the list is no list", async () => {
    for (const input of ["", "{}", '{"message":"Bad credentials"}']) {
      const { code, stderr } = await world.npm("pr-sandbox", ["sweep", "--open", "-"], { input });
      assert.equal(code, 2);
      assert.match(stderr, /nothing was removed/);
    }
    assert.deepEqual(stacks(), ["pr-13"]);
  });

  it("destroys twice without complaint", async () => {
    assert.equal((await world.npm("pr-sandbox", ["destroy", "--number", "13"])).code, 0);
    const again = await world.npm("pr-sandbox", ["destroy", "--number", "13"]);
    assert.equal(again.code, 0);
    assert.match(again.stderr, /nothing to remove/);
    assert.deepEqual(stacks(), []);
  });

  it("refuses what is no number, a template that is not there, and an unknown command", async () => {
    assert.match(
      (await world.npm("pr-sandbox", ["up", "--number", "x"])).stderr,
      /--number x: give the pull request's number/,
    );
    const other = await world.npm("pr-sandbox", ["up", "--number", "1", "--template", "qa"]);
    assert.match(
      other.stderr,
      /the state has no stack 'qa' to copy from: .*docs\/ci\.md#sandboxes/,
    );
    assert.equal((await world.npm("pr-sandbox", ["fly"])).code, 2);
  });
});
