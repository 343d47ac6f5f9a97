import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { kindCluster, kindConfig } from "../../../tools/sandbox/kind-cluster.ts";

/** Stand-ins that note how they are called: kind needs a container registry, which not every machine reaches. */
async function standIns(folder: string, clusters: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const note = `#!/bin/sh\necho "$(basename "$0") $*" >> "${join(folder, "calls")}"\n`;
  const input = `case "$*" in *config=-*) cat >> "${join(folder, "input")}";; esac\n`;
  const answer = `[ "$1 $2" = "get clusters" ] && echo "${clusters}"\nexit 0\n`;
  for (const name of ["kind", "kubectl", "docker"]) {
    await writeFile(join(folder, name), note + input + answer);
    await chmod(join(folder, name), 0o755);
  }
}

describe("the sandbox on kind", () => {
  const path = process.env["PATH"];
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-kind-"));
    process.env["PATH"] = [folder, path].join(delimiter);
  });
  afterEach(async () => {
    process.env["PATH"] = path;
    await rm(folder, { recursive: true });
  });
  const calls = (): Promise<string> => readFile(join(folder, "calls"), "utf8");

  it("makes a cluster of its own whose well-known ports answer on loopback only", async () => {
    await standIns(folder, "someone-elses");
    await kindCluster().up();
    assert.match(await calls(), /^kind create cluster --name=slipway-sandbox --kubeconfig=\S+/m);
    const config = JSON.parse(await readFile(join(folder, "input"), "utf8")) as object;
    assert.deepEqual(config, kindConfig());
    const [node] = (config as { nodes: [{ extraPortMappings: object[] }] }).nodes;
    assert.deepEqual(node.extraPortMappings[0], {
      containerPort: 30500,
      hostPort: 30500,
      listenAddress: "127.0.0.1",
    });
    // MLflow, as many models as a stack may have, and the page.
    const mapped = node.extraPortMappings.map((one) => (one as { hostPort: number }).hostPort);
    const models = Array.from({ length: 51 }, (_, index) => 30800 + index);
    assert.deepEqual(mapped, [30500, ...models, 30851]);
    assert.match(await calls(), /^kubectl apply -f \S+metrics-server.yaml$/m);
  });

  it("uses the cluster that it made before", async () => {
    await standIns(folder, "slipway-sandbox");
    await kindCluster().up();
    assert.doesNotMatch(await calls(), /kind create/);
  });

  it("builds images with Docker and loads them into its nodes", async () => {
    await standIns(folder, "slipway-sandbox");
    const context = join(folder, "context");
    await mkdir(context);
    await writeFile(join(context, "Dockerfile"), "FROM scratch\n");
    await kindCluster().load([{ reference: "slipway.local/x:1", context }]);
    assert.match(
      await calls(),
      /docker build .*--tag=slipway.local\/x:1 [^]*kind load docker-image slipway.local\/x:1 --name=slipway-sandbox/,
    );
  });

  it("deletes its cluster, and only when data need not be kept", async () => {
    await standIns(folder, "slipway-sandbox");
    await kindCluster().down({ wipe: true });
    assert.match(await calls(), /^kind delete cluster --name=slipway-sandbox --kubeconfig=/m);
    await rm(join(folder, "calls"));
    await kindCluster().down({ wipe: false });
    await assert.rejects(calls());
  });
});
