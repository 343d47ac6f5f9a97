import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";
import { stringify } from "yaml";
import { ArgoCd } from "../../../components/argo-cd.ts";
import { PlatformNamespace } from "../../../components/platform-namespace.ts";
import {
  NO_SERVER,
  type ApiServer,
  serverPrograms,
  startApiServer,
} from "../../support/api-server.ts";
import { Workspace } from "../../support/workspace.ts";
import { ArgoApplication, type Kubectl, until } from "../../support/argo-application.ts";
import { components } from "../../support/evaluation.ts";
import { type GitServer, startGitServer } from "../../support/git-server.ts";
import { kubectlOf, missingForArgoCd, startArgoCd } from "../../support/argo-cd.ts";
import { playNodes } from "../../support/play-nodes.ts";

const programs = serverPrograms();
const reason = programs === undefined ? NO_SERVER : missingForArgoCd();

const NAMESPACE = "slipway-test";
const IDENTITY = ["-c", "user.name=t", "-c", "user.email=t@example.org"];

describe(`Argo CD on a bare Kubernetes API${reason ? ` (skipped: ${reason})` : ""}`, function () {
  this.timeout(300_000);
  let api: ApiServer;
  let git: GitServer;
  let clone: Workspace;
  let kubectl: Kubectl;
  let application: ArgoApplication;
  let password: string;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if (reason !== undefined || programs === undefined) {
      this.skip();
      return;
    }
    api = await startApiServer(programs);
    undo.unshift(() => api.stop());
    kubectl = kubectlOf(programs.kubectl, api.kubeconfig);
    application = new ArgoApplication(kubectl, NAMESPACE);
    git = await startGitServer();
    undo.unshift(() => {
      git.stop();
    });
    undo.unshift(await startArgoCd(kubectl, api.kubeconfig));
    undo.unshift(playNodes(kubectl, NAMESPACE));
    clone = new Workspace("pulumi", api.kubeconfig);
    undo.unshift(() => {
      clone.remove();
    });
    clone.git("remote", "add", "origin", git.urlWithToken);
    await applyComponent();
    password = await passwordVersion();
  });

  after(async () => {
    for (const step of undo) await step();
  });

  /** What Pulumi owns: the namespace, a password, the project and the Application. */
  async function applyComponent(): Promise<void> {
    const described = await components(() => {
      const quota = { cpu: "8", memory: "16Gi", storage: "1Gi", pods: 60 };
      const namespace = new PlatformNamespace(NAMESPACE, { quota });
      const { url, username } = git;
      const token = pulumi.secret(git.token);
      const settings = {
        ...{ repository: url, username, token, install: false },
        ...{ chart: "none", chartVersion: "none" },
      };
      new ArgoCd("argocd", { namespace, settings, branch: "gitops/test" });
      return {};
    });
    const password = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "mlflow-admin", namespace: NAMESPACE },
      stringData: { password: "generated once" },
    };
    for (const object of [...described.kind("Namespace"), ...described.objects, password]) {
      await kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(object));
    }
  }

  /** Changes the stack, commits and pushes it, and deploys as CI does. */
  function deploy(change: { models?: string[]; uiMemory?: string }): Promise<string> {
    const { models = ["diabetes.yaml"], uiMemory = "64Mi" } = change;
    const config = {
      "slipway:cluster": "local",
      "slipway:models": models.map((file) => ({ file })),
      "slipway:ui": { resources: { memory: uiMemory } },
      "slipway:delivery": "argocd",
      "slipway:argocd": { repository: git.url },
    };
    writeFileSync(join(clone.root, "Pulumi.test.yaml"), stringify({ config }));
    clone.commit("change the stack");
    return publish();
  }

  async function publish(): Promise<string> {
    const run = execa({ cwd: clone.root, stdin: "ignore" });
    await run`git push -q origin HEAD:main`;
    await run`${process.execPath} --import tsx tools/gitops/index.ts --stack test --push`;
    await application.refresh();
    return clone.git("rev-parse", "gitops/test").trim();
  }

  const push = (cwd: string) => execa({ cwd })`git push -q origin HEAD`;

  const own = (...args: string[]) => kubectl(["-n", NAMESPACE, ...args]);
  const names = async (kinds: string) =>
    (await own("get", kinds, "-o", "name")).split("\n").filter(Boolean).sort();
  const field = (object: string, path: string) => own("get", object, "-o", `jsonpath={${path}}`);
  const passwordVersion = () => field("secret/mlflow-admin", ".metadata.resourceVersion");

  it("syncs a branch that did not exist when the Application was made", async () => {
    await application.synced(await deploy({ models: ["diabetes.yaml", "iris.yaml"] }));
    assert.deepEqual(await names("deployments"), [
      "deployment.apps/diabetes-model-api",
      "deployment.apps/iris-model-api",
      "deployment.apps/ui",
    ]);
    // Each of the three has one of each.
    assert.equal((await names("services,hpa,pdb")).length, 9);
  });

  it("undoes a manual edit and brings back what was deleted", async () => {
    await own("set", "image", "deployment/ui", "ui=example.com/mine:1");
    await own("delete", "service", "ui");
    await until(
      "self-heal",
      async () =>
        (await names("services")).includes("service/ui") &&
        !(await field("deployment/ui", ".spec.template.spec.containers[0].image")).includes("mine"),
    );
  });

  it("leaves the replica count to the autoscaler and to whoever puts the environment to sleep", async () => {
    await own("scale", "deployment/ui", "--replicas=0");
    await own("scale", "deployment/diabetes-model-api", "--replicas=7");
    // Also a sync for another reason leaves it.
    await application.synced(
      await deploy({ models: ["diabetes.yaml", "iris.yaml"], uiMemory: "65Mi" }),
    );
    await until("the change", async () =>
      (await field("deployment/ui", ".spec.template.spec.containers[0].resources")).includes(
        "65Mi",
      ),
    );
    assert.equal(await field("deployment/ui", ".spec.replicas"), "0");
    assert.equal(await field("deployment/diabetes-model-api", ".spec.replicas"), "7");
  });

  it("prunes a model that is no longer served", async () => {
    await application.synced(await deploy({ models: ["diabetes.yaml"] }));
    await until("pruning", async () =>
      (await names("all,hpa,pdb,networkpolicies")).every((n) => !n.includes("iris")),
    );
    assert.ok((await names("deployments")).includes("deployment.apps/diabetes-model-api"));
  });

  it("tries a bad commit again, applies nothing of it, and goes over to its revert", async () => {
    const before = await field("deployment/ui", ".metadata.generation");
    // More is requested than the limit allows: the API refuses it.
    await deploy({ uiMemory: "4Gi" });
    await application.until(
      "a second try",
      ({ operationState }) => (operationState?.retryCount ?? 0) >= 1,
    );
    const { operationState } = await application.status();
    assert.match(operationState?.message ?? "", /must be less than or equal to memory limit/);
    assert.equal(await field("deployment/ui", ".metadata.generation"), before);
    clone.git(...IDENTITY, "revert", "--no-edit", "HEAD");
    await application.synced(await publish());
    assert.equal(await field("deployment/ui", ".metadata.generation"), before);
  });

  it("refuses what is no serving object, such as a Secret in the branch", async () => {
    const folder = join(clone.root, ".slipway", "branch");
    clone.git("worktree", "add", "-q", folder, "gitops/test");
    const branch = (...args: string[]) => clone.git("-C", folder, ...args);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "planted" } };
    writeFileSync(join(folder, "secret-planted.yaml"), stringify(secret));
    branch("add", "-A");
    branch(...IDENTITY, "commit", "-qm", "a Secret");
    await push(folder);
    await application.refresh();
    await application.until("the refusal", (status) =>
      JSON.stringify(status).includes("Secret is not permitted in project"),
    );
    assert.ok(!(await names("secrets")).includes("secret/planted"));
    // The way back on the branch itself, without a commit to the sources.
    branch(...IDENTITY, "revert", "--no-edit", "HEAD");
    await push(folder);
    const head = branch("rev-parse", "HEAD").trim();
    clone.git("worktree", "remove", "--force", folder);
    await application.refresh();
    await application.synced(head);
  });

  it("never empties the environment, even when the branch is empty", async () => {
    const before = await names("deployments");
    const folder = join(clone.root, ".slipway", "branch");
    clone.git("worktree", "add", "-q", folder, "gitops/test");
    for (const file of clone.git("-C", folder, "ls-files").split("\n")) {
      if (file.endsWith(".yaml")) rmSync(join(folder, file));
    }
    clone.git("-C", folder, ...IDENTITY, "commit", "-qam", "everything goes");
    await push(folder);
    clone.git("worktree", "remove", "--force", folder);
    await application.refresh();
    await application.until("the refusal", (status) =>
      JSON.stringify(status).includes("will wipe out all resources"),
    );
    assert.deepEqual(await names("deployments"), before);
    await application.synced(await publish());
  });

  it("has changed no password in all of this", async () => {
    assert.equal(await passwordVersion(), password);
  });

  it("takes what it owns along when the Application goes, and nothing else", async () => {
    await kubectl(["-n", "argocd", "delete", "application", NAMESPACE, "--timeout=60s"]);
    assert.deepEqual(await names("deployments,services,hpa"), []);
    assert.ok((await names("secrets")).includes("secret/mlflow-admin"));
  });
});
