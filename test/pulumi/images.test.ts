import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { type ImageWorld, missingForImages, startImageWorld } from "./registry.ts";
import { prerequisites } from "./prerequisites.ts";
import { Workspace } from "./workspace.ts";

const PREFIX = "my-team/slipway";
const FOLDERS = {
  training: "training",
  serving: "serving",
  ui: "ui",
  mlflow: "images/mlflow",
  minio: "images/minio",
};
/** What the real Dockerfiles end with, without the long builds before it: `npm run sandbox` builds those. */
const DOCKERFILE = `FROM scratch
COPY Dockerfile /
ARG GIT_SHA=unknown
ARG VERSION=0.0.0
LABEL org.opencontainers.image.revision="\${GIT_SHA}" org.opencontainers.image.version="\${VERSION}"
`;

const { cli, programs, reason: lacking } = prerequisites(["kubernetes", "random", "docker"]);
const reason = lacking || (missingForImages() ?? "");

describe(`images, built and pushed by the real Pulumi CLI${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(300_000);
  const stack = "dev";
  let server: ApiServer;
  let world: ImageWorld;
  let workspace: Workspace;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined || reason !== "") {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    undo.unshift(() => server.stop());
    world = await startImageWorld();
    undo.unshift(() => world.stop());
    workspace = new Workspace(cli.pulumi, server.kubeconfig, world.environment);
    undo.unshift(() => {
      workspace.remove();
    });
    for (const folder of Object.values(FOLDERS)) {
      writeFileSync(join(workspace.root, folder, "Dockerfile"), DOCKERFILE);
    }
    const file = join(workspace.root, `Pulumi.${stack}.yaml`);
    const { config } = parse(readFileSync(file, "utf8")) as { config: object };
    const registry = { host: world.host, prefix: PREFIX, username: world.username };
    const changed = { ...config, "slipway:wait": false, "slipway:registry": registry };
    writeFileSync(file, stringify({ config: changed }));
    workspace.run("stack", "init", stack);
    const secret = ["--secret", "--path", "slipway:registry.password", world.password];
    workspace.run("config", "set", "-s", stack, ...secret);
    workspace.git("checkout", "-q", "-b", "feature/page");
    workspace.commit("a registry");
  });

  after(async () => {
    for (const step of undo) await step();
  });

  const kubectl = (...args: string[]) =>
    execFileSync(
      programs?.kubectl ?? "",
      ["--kubeconfig", server.kubeconfig, "-n", "slipway-dev", ...args],
      { encoding: "utf8" },
    );
  const revision = (folder: string) =>
    workspace.git("log", "-1", "--format=%H", "--", folder).trim();

  it("builds and pushes nothing in a preview", async () => {
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["create"]);
    const tag = revision("ui").slice(0, 7);
    assert.equal(await world.digest(`${PREFIX}/ui`, tag), undefined);
  });

  it("pushes every image under its commit and its branch", async () => {
    workspace.change("up", stack);
    for (const [name, folder] of Object.entries(FOLDERS)) {
      const commit = revision(folder);
      const repository = `${PREFIX}/${name}`;
      const digest = await world.digest(repository, commit.slice(0, 7));
      assert.match(digest ?? "", /^sha256:/, name);
      assert.equal(await world.digest(repository, "feature-page"), digest, name);
      const labels = await world.labels(repository, commit.slice(0, 7));
      assert.equal(labels["org.opencontainers.image.revision"], commit);
    }
  });

  it("runs by digest what was pushed", async () => {
    const images = kubectl(
      ...["get", "deployments,statefulsets,jobs", "-o"],
      "jsonpath={..image}",
    ).split(" ");
    const ours = new Set(images.filter((image) => image.startsWith(world.host)));
    const digests = await Promise.all(
      Object.entries(FOLDERS).map(async ([name, folder]) => {
        const repository = `${PREFIX}/${name}`;
        const digest = await world.digest(repository, revision(folder).slice(0, 7));
        return `${world.host}/${repository}@${digest ?? "?"}`;
      }),
    );
    assert.deepEqual([...ours].sort(), digests.sort());
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
    assert.match(training, new RegExp(`:${revision("training").slice(0, 7)}@sha256:`));
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
    const tags = Object.keys(FOLDERS).map((name) => `${name}-branch`);
    assert.deepEqual([...new Set(changed)].sort(), tags.sort());
  });

  it("builds again only the image whose folder was touched, and moves its branch along", async () => {
    appendFileSync(join(workspace.root, "ui", "Dockerfile"), "\n");
    workspace.commit("the page");
    const { touched } = workspace.change("up", stack);
    const names = touched.map((line) => line.split(" ").at(-1));
    assert.deepEqual([...new Set(names)].sort(), ["ui", "ui-branch"], touched.join("\n"));
    const digest = await world.digest(`${PREFIX}/ui`, revision("ui").slice(0, 7));
    assert.equal(await world.digest(`${PREFIX}/ui`, "feature-page"), digest);
    assert.match(
      kubectl("get", "deployment", "ui", "-o", "yaml"),
      new RegExp(`ui@${digest ?? "?"}`),
    );
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["same"]);
  });

  it("names every image by the version of a tagged commit, and keeps that name", async () => {
    workspace.git("tag", "v1.2.3");
    assert.deepEqual(Object.keys(workspace.preview(stack)), ["create", "same"]);
    workspace.change("up", stack);
    const digest = await world.digest(`${PREFIX}/ui`, revision("ui").slice(0, 7));
    assert.equal(await world.digest(`${PREFIX}/ui`, "1.2.3"), digest);
    appendFileSync(join(workspace.root, "LICENSE"), "\n");
    workspace.commit("after the release");
    // Pulumi forgets the version; the registry does not.
    workspace.change("up", stack);
    assert.equal(await world.digest(`${PREFIX}/ui`, "1.2.3"), digest);
  });

  it("keeps the registry's password in clear in no state", () => {
    assert.ok(!workspace.run("stack", "export", "-s", stack).includes(world.password));
  });

  it("finds no drift, and takes everything away with `destroy`", () => {
    assert.deepEqual(workspace.change("refresh", stack).touched, []);
    assert.deepEqual(Object.keys(workspace.change("destroy", stack).changes), ["delete"]);
  });
});
