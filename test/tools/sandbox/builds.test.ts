import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { sweep } from "../../../tools/lib/go-build.ts";
import { binaryNames, packagePaths, ownReplaces } from "../../../tools/lib/go-source.ts";
import { ADDONS } from "../../../tools/sandbox/from-source/addons.ts";
import { basesOf } from "../../../tools/sandbox/from-source/base-images.ts";
import { imageKey } from "../../../tools/sandbox/images.ts";
import {
  ADDON_SOURCES,
  ETCD,
  KUBERNETES_SOURCE,
} from "../../../tools/sandbox/from-source/sources.ts";

describe("building the sandbox from source", () => {
  it("keeps a module's own replacements, and turns staging folders into what is published", () => {
    const goMod = `module k8s.io/kubernetes
replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/client-go => ./staging/src/k8s.io/client-go
)
replace example.com/x => example.com/y v1.0.0
replace example.com/z => ../z
`;
    assert.deepEqual(ownReplaces(goMod, "v1.36.3"), [
      "k8s.io/api=k8s.io/api@v0.36.3",
      "k8s.io/client-go=k8s.io/client-go@v0.36.3",
      "example.com/x=example.com/y@v1.0.0",
    ]);
  });

  it("installs every add-on that it builds", async () => {
    const files = await Promise.all(
      ADDONS.map(async (folder) => (await readdir(folder)).map((file) => join(folder, file))),
    );
    const texts = await Promise.all(files.flat().map((file) => readFile(file, "utf8")));
    const objects = texts.flatMap((text) =>
      parseAllDocuments(text).map(
        (one) => one.toJS() as { kind: string; metadata: { name: string } },
      ),
    );
    const installed = objects
      .filter(({ kind }) => kind === "Deployment")
      .map(({ metadata }) => metadata.name);
    assert.deepEqual(installed.sort(), ADDON_SOURCES.map(({ name }) => name).sort());
  });

  it("sweeps what builds left that were killed a day ago, and nothing else", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-sweep-"));
    for (const name of [".old-a1", ".at-work-b2", "etcd-v1"]) await mkdir(join(folder, name));
    const before = new Date(Date.now() - 25 * 3600 * 1000);
    for (const name of [".old-a1", "etcd-v1"]) await utimes(join(folder, name), before, before);
    await sweep(folder);
    assert.deepEqual((await readdir(folder)).sort(), [".at-work-b2", "etcd-v1"]);
    await rm(folder, { recursive: true });
  });

  it("knows the names that go build gives", () => {
    assert.deepEqual(binaryNames(ETCD), ["server"]);
    assert(binaryNames(KUBERNETES_SOURCE).includes("kube-apiserver"));
    assert.deepEqual(packagePaths(ETCD), ["go.etcd.io/etcd/server/v3"]);
  });

  it("finds the images that a Dockerfile builds on", () => {
    const dockerfile = `ARG NODE=node:24-slim
FROM \${NODE} AS build
FROM --platform=linux/amd64 debian:12-slim
COPY --from=build /a /a
COPY --chmod=755 --from=ghcr.io/x/uv:1 /uv /uv
FROM scratch
COPY --from=0 /b /b
`;
    assert.deepEqual(basesOf(dockerfile), ["node:24-slim", "debian:12-slim", "ghcr.io/x/uv:1"]);
  });

  it("builds an image again when a file of its folder changes, and only then", async () => {
    const context = await mkdtemp(join(tmpdir(), "slipway-context-"));
    const image = { reference: "slipway.local/x:1", context };
    await writeFile(join(context, "Dockerfile"), "FROM scratch\n");
    const first = await imageKey(image);
    assert.equal(await imageKey(image), first);
    assert.notEqual(await imageKey({ ...image, args: { A: "1" } }), first);
    await writeFile(join(context, "Dockerfile"), "FROM scratch\nUSER 1\n");
    assert.notEqual(await imageKey(image), first);
    await rm(context, { recursive: true });
  });
});
