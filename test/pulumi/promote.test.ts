import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDERS, ImageWorkspace } from "../support/image-workspace.ts";
import { long } from "../support/long.ts";
import { prerequisites } from "../support/prerequisites.ts";
import { missingForImages } from "../support/registry.ts";

const { cli, programs, reason: lacking } = prerequisites(["kubernetes", "random", "docker"]);
const reason = lacking || (missingForImages() ?? "");

describe(`images that another stack has built${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(300_000);
  let images: ImageWorkspace;
  const undo: (() => Promise<void>)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined || reason !== "") {
      this.skip();
      return;
    }
    // Node ports are the cluster's: two stacks cannot both have them.
    const staging = { "slipway:endpoint": { kind: "none" } };
    const live = { ...staging, "slipway:build": { promote: true } };
    images = await ImageWorkspace.start(cli.pulumi, programs, { staging, live });
    undo.push(() => images.stop());
  });

  after(async () => {
    for (const step of undo) await step();
  });

  it("are missed with a remedy until they are pushed, while a preview says so and goes on", async () => {
    const { workspace } = images;
    assert.deepEqual(Object.keys(workspace.preview("live")), ["create"]);
    const { failed, all } = await workspace.attempt("live");
    assert.ok(failed);
    assert.match(
      all,
      /ui:\w{7} was not found .*npm run deploy -- --stack staging.*build\.promote/s,
    );
  });

  it("run by the very digests that the other stack pushed, and nothing is built", async () => {
    const { workspace } = images;
    workspace.change("up", "staging");
    const before = await images.pushed();
    const { touched } = workspace.change("up", "live");
    assert.ok(!touched.some((line) => line.includes("docker:index")), touched.join("\n"));
    assert.deepEqual(await images.pushed(), before);
    assert.deepEqual(images.running("live"), before);
    assert.deepEqual(images.running("staging"), before);
    assert.deepEqual(Object.keys(workspace.preview("live")), ["same"]);
  });

  long("get the version of a tagged commit, under the same digest", async () => {
    const { workspace } = images;
    const before = await images.pushed();
    workspace.git("tag", "v1.2.3");
    workspace.change("up", "live");
    for (const name of Object.keys(FOLDERS) as (keyof typeof FOLDERS)[])
      assert.equal(await images.digest(name, "1.2.3"), await images.digest(name), name);
    assert.deepEqual(images.running("live"), before);
    workspace.git("tag", "-d", "v1.2.3");
  });

  long("follow the next commit once the other stack has built it", async () => {
    const { workspace } = images;
    appendFileSync(join(workspace.root, "ui", "Dockerfile"), "\n");
    workspace.commit("the page");
    workspace.change("up", "staging");
    workspace.change("up", "live");
    assert.deepEqual(images.running("live"), await images.pushed());
    assert.ok(!workspace.run("stack", "export", "-s", "live").includes(images.world.password));
  });
});
