import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type ApiServer, startApiServer } from "../../support/api-server.ts";
import { prerequisites } from "../../support/prerequisites.ts";
import { Workspace } from "../../support/workspace.ts";
import { installed } from "../../../tools/lib/installed.ts";
import { writeArgoCdManifests } from "../../../tools/sandbox/from-source/argo-cd.ts";

const { cli, programs, reason: lacking } = prerequisites();
const reason = lacking || (installed("go") === undefined ? "go is not on the PATH" : "");

describe(`a running stack that goes over to Argo CD${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(300_000);
  let server: ApiServer;
  let workspace: Workspace;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if (reason || "missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    undo.push(() => server.stop());
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    configure({ "slipway:models": [{ file: "diabetes.yaml" }], "slipway:wait": false });
    workspace.run("stack", "init", "sandbox");
    workspace.commit("one model");
    workspace.change("up", "sandbox");
  });

  after(async () => {
    for (const step of undo) await step();
  });

  function configure(change: Record<string, unknown>): void {
    const file = join(workspace.root, "Pulumi.sandbox.yaml");
    const settings = parse(readFileSync(file, "utf8")) as { config: object };
    writeFileSync(file, stringify({ ...settings, config: { ...settings.config, ...change } }));
  }

  const kubectl = (...args: string[]) =>
    execFileSync(programs?.kubectl ?? "", ["--kubeconfig", server.kubeconfig, ...args], {
      encoding: "utf8",
    });
  const identities = () =>
    kubectl(
      ...["-n", "slipway-sandbox", "get", "deployments,services,hpa,pdb,networkpolicies,secrets"],
      ...["-o", "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{'\\n'}{end}"],
    );

  it("keeps every object as it is when Pulumi forgets the serving objects first", async () => {
    const before = identities();
    const { deployment } = JSON.parse(workspace.run("stack", "export", "-s", "sandbox")) as {
      deployment: { resources: { urn: string }[] };
    };
    const components = deployment.resources.filter(({ urn }) => /slipway:serving:\w+::/.test(urn));
    assert.equal(components.length, 2);
    for (const { urn } of components.reverse()) {
      const args = ["--target-dependents", "--yes", "-s", "sandbox"];
      workspace.run("state", "delete", urn, ...args);
    }
    configure({
      "slipway:delivery": "argocd",
      "slipway:argocd": {
        repository: "https://git.example.com/team/slipway.git",
        manifests: await writeArgoCdManifests(),
      },
    });
    const { touched } = workspace.change("up", "sandbox");
    assert.deepEqual(
      touched.filter((line) => !line.startsWith("create ")),
      [],
    );
    assert.equal(identities(), before);
  });

  it("has Argo CD in its own namespace, from a release's manifests", () => {
    const names = (kinds: string) =>
      kubectl("-n", "argocd", "get", kinds, "-o", "name").split("\n");
    assert.deepEqual(names("deployments,statefulsets,applications,appprojects").filter(Boolean), [
      "deployment.apps/argocd-redis",
      "deployment.apps/argocd-repo-server",
      "statefulset.apps/argocd-application-controller",
      "application.argoproj.io/slipway-sandbox",
      "appproject.argoproj.io/slipway-sandbox",
    ]);
  });

  it("is settled: a second `up` touches nothing", () => {
    assert.deepEqual(workspace.change("up", "sandbox").touched, []);
  });
});
