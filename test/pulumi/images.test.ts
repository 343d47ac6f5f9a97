import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDERS, ImageWorkspace } from "../support/image-workspace.ts";
import { long } from "../support/long.ts";
import { prerequisites } from "../support/prerequisites.ts";
import { missingForImages } from "../support/registry.ts";
import type { Workspace } from "../support/workspace.ts";

const { cli, programs, reason: lacking } = prerequisites(["kubernetes", "random", "docker"]);
const reason = lacking || (missingForImages() ?? "");
const NAMES = Object.keys(FOLDERS) as (keyof typeof FOLDERS)[];

describe(`images, built and pushed by the real Pulumi CLI${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(300_000);
  const stack = "dev";
  let images: ImageWorkspace | undefined;
  let workspace: Workspace;

  before(async function () {
    if ("missing" in cli || programs === undefined || reason !== "") {
      this.skip();
      return;
    }
    images = await ImageWorkspace.start(cli.pulumi, programs, { [stack]: {} });
    ({ workspace } = images);
  });

  after(() => images?.stop());

  /** The same, where a test runs at all. */
  const world = () => {
    assert.ok(images);
    return images;
  };

  it("builds and pushes nothing in a preview", async () => {
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["create"]);
    assert.equal(await world().digest("ui"), undefined);
  });

  it("pushes every image under its commit and its branch", async () => {
    workspace.change("up", stack);
    for (const name of NAMES) {
      const digest = await world().digest(name);
      assert.match(digest ?? "", /^sha256:/, name);
      assert.equal(await world().digest(name, "feature-page"), digest, name);
      const labels = await world().labels(name);
      const commit = world().revision(FOLDERS[name]);
      assert.equal(labels["org.opencontainers.image.revision"], commit);
    }
  });

  it("runs by digest what was pushed", async () => {
    assert.deepEqual(world().running(stack), await world().pushed());
  });

  it("changes nothing the second time, nor after a commit elsewhere", () => {
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["same"]);
    appendFileSync(join(workspace.root, "LICENSE"), "\n");
    workspace.commit("elsewhere");
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["same"]);
    assert.deepEqual(workspace.change("up", stack).touched, []);
  });

  it("keeps tag and digest of an image together where `up --target` leaves it alone", () => {
    const pins = () => {
      const said = workspace.run("stack", "output", "--json", "-s", stack);
      return (JSON.parse(said) as { pins: Record<string, string> }).pins;
    };
    const before = pins();
    for (const name of ["ui", "training"] as const)
      appendFileSync(join(workspace.root, FOLDERS[name], "Dockerfile"), "\n");
    workspace.commit("the page and training");
    const targets = ["**::training", "**::training-*"].flatMap((urn) => ["--target", urn]);
    workspace.run("up", "-s", stack, "--yes", "--skip-preview", ...targets);
    const { training = "", ...others } = pins();
    const { training: old, ...same } = before;
    assert.deepEqual(others, same);
    assert.notEqual(training, old);
    assert.match(training, new RegExp(`:${world().revision("training").slice(0, 7)}@sha256:`));
    workspace.change("up", stack);
  });

  it("builds nothing for another branch, which only gets its own tags", () => {
    workspace.git("checkout", "-q", "-b", "feature/other");
    const { steps } = JSON.parse(workspace.run("preview", "-s", stack, "--json")) as {
      steps: { op: string; urn: string }[];
    };
    workspace.git("checkout", "-q", "feature/page");
    const changed = steps
      .filter(({ op }) => op !== "same")
      .map(({ urn }) => urn.split("::").at(-1));
    const tags = NAMES.map((name) => `${name}-branch`);
    assert.deepEqual([...new Set(changed)].sort(), tags.sort());
  });

  it("builds again only the image whose folder was touched, and moves its branch along", async () => {
    appendFileSync(join(workspace.root, "ui", "Dockerfile"), "\n");
    workspace.commit("the page");
    const { touched } = workspace.change("up", stack);
    const names = touched.map((line) => line.split(" ").at(-1));
    assert.deepEqual([...new Set(names)].sort(), ["ui", "ui-branch"], touched.join("\n"));
    const digest = await world().digest("ui");
    assert.equal(await world().digest("ui", "feature-page"), digest);
    assert.match(
      world().kubectl(stack, "get", "deployment", "ui", "-o", "yaml"),
      new RegExp(`ui@${digest ?? "?"}`),
    );
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["same"]);
  });

  long("names every image by the version of a tagged commit, and keeps that name", async () => {
    workspace.git("tag", "v1.2.3");
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["create", "same"]);
    workspace.change("up", stack);
    const digest = await world().digest("ui");
    assert.equal(await world().digest("ui", "1.2.3"), digest);
    appendFileSync(join(workspace.root, "LICENSE"), "\n");
    workspace.commit("after the release");
    // Pulumi forgets the version; the registry does not.
    workspace.change("up", stack);
    assert.equal(await world().digest("ui", "1.2.3"), digest);
  });

  it("keeps the registry's password in clear in no state", () => {
    assert.ok(!workspace.run("stack", "export", "-s", stack).includes(world().world.password));
  });

  it("finds no drift, and takes everything away with `destroy`", () => {
    assert.deepEqual(workspace.change("refresh", stack).touched, []);
    assert.deepEqual(Object.keys(workspace.change("destroy", stack).changes), ["delete"]);
  });
});
