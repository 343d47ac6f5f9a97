import assert from "node:assert/strict";
import { parse } from "yaml";
import { type GitopsFiles, gitopsFiles } from "../../../tools/gitops/files.ts";
import {
  type Manifest,
  type Rendering,
  renderStack,
} from "../../../tools/lib/program/manifests.ts";
import { rawStack } from "../../../tools/lib/stack/stack-file.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const argocd = { repository: "https://git.example.com/team/slipway.git" };

function render(stack: string): Promise<Rendering> {
  return renderStack(stack, { ...rawStack(stack), delivery: "argocd", argocd });
}

/** As committed: the working tree of whoever runs the tests may be dirty. */
function committed(rendering: Rendering): Rendering {
  return JSON.parse(JSON.stringify(rendering).replaceAll(/-dirty-[0-9a-f]{8}/g, "")) as Rendering;
}

describe("the files of a gitops branch", () => {
  let rendering: Rendering;
  let branch: GitopsFiles;
  const asked: string[] = [];

  before(async () => {
    rendering = committed(await render("staging"));
    branch = await gitopsFiles(rendering, (reference) => {
      asked.push(reference);
      return Promise.resolve(DIGEST);
    });
  });

  it("are one YAML an object and a README, nothing that Argo CD or a pipeline would take for its own", () => {
    const names = [...branch.files.keys()];
    assert.equal(names.length, rendering.manifests.length + 1);
    assert.deepEqual(
      names.filter((name) => !/^[a-z]+-[a-z0-9-]+\.yaml$/.test(name)),
      ["README.md"],
    );
  });

  it("name every image of our own by its digest", () => {
    const used = [...branch.files.values()].flatMap((text) =>
      [...text.matchAll(/image: (\S+)/g)].map(([, image]) => image),
    );
    assert.deepEqual([...new Set(used)].sort(), [
      `registry.example.com/my-team/slipway/serving@${DIGEST}`,
      `registry.example.com/my-team/slipway/ui@${DIGEST}`,
    ]);
    assert.deepEqual(branch.images, [
      `serving registry.example.com/my-team/slipway/serving@${DIGEST}`,
      `ui registry.example.com/my-team/slipway/ui@${DIGEST}`,
    ]);
  });

  it("ask the registry for the commit's tag, and only for images that are used", () => {
    assert.deepEqual(
      asked.map((reference) => /([a-z]+):[0-9a-f]{7}$/.exec(reference)?.[1]),
      ["serving", "ui"],
    );
  });

  it("say otherwise what `render` says", () => {
    const file = branch.files.get("service-ui.yaml") ?? "";
    const service = rendering.manifests.find(
      ({ kind, metadata }) => kind === "Service" && metadata.name === "ui",
    );
    assert.deepEqual(parse(file), service);
  });

  it("keep the commit's tag where there is no registry", async () => {
    const { images } = await gitopsFiles(committed(await render("sandbox")), () => {
      throw new Error("no registry is to be asked");
    });
    assert.match(images.join(), /^serving slipway\.local\/serving:[0-9a-f]{7},ui slipway/);
  });

  const refused = (parts: Partial<Rendering>, message: RegExp, digest?: string) =>
    assert.rejects(
      gitopsFiles({ ...rendering, ...parts }, () => Promise.resolve(digest)),
      message,
    );

  it("are refused when the registry lacks an image", () =>
    refused({}, /serving:[0-9a-f]{7} is not in its registry: `pulumi up` on this commit builds/));

  it("are refused when nothing was rendered", () =>
    refused({ manifests: [] }, /nothing was rendered: no commit is made/, DIGEST));

  it("are refused when an image holds what no commit holds", () => {
    const dirty = JSON.parse(
      JSON.stringify(rendering).replaceAll(
        /serving:[0-9a-f]{7}/g,
        "serving:1234567-dirty-0a1b2c3d",
      ),
    ) as Rendering;
    return refused(dirty, /serving\/ has changes that no commit holds: commit or remove/, DIGEST);
  });

  const object = (kind: string, spec: object): Manifest => ({
    apiVersion: "v1",
    kind,
    metadata: { name: "x" },
    spec,
  });

  it("are refused when a value of theirs is secret", async () => {
    await refused(
      { manifests: [object("Deployment", { env: "{{mlflow-admin}}" })] },
      /Deployment x holds \{\{mlflow-admin\}\}, and no secret goes to a branch/,
      DIGEST,
    );
    await refused({ manifests: [object("Secret", {})] }, /Secret x holds a Secret/, DIGEST);
  });
});
