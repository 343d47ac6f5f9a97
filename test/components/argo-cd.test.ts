import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ArgoCd, type ArgoCdArgs } from "../../components/argo-cd.ts";
import { type Described, at, components, testNamespace } from "../support/evaluation.ts";

const repository = "https://git.example.com/team/slipway.git";
const defaults = {
  repository,
  username: "git",
  install: true,
  chart: "oci://charts.example.com/argo-cd",
  chartVersion: "10.9.0",
};

function evaluate(settings: Partial<ArgoCdArgs["settings"]> = {}): Promise<Described> {
  return components(() => {
    const { application } = new ArgoCd("argocd", {
      namespace: testNamespace(),
      settings: { ...defaults, ...settings },
      branch: "gitops/test",
    });
    return { application };
  });
}

describe("ArgoCd", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("installs the pinned chart as a Chart", () => {
    const { inputs } = described.resource("helm.sh/v4:Chart", "argocd");
    assert.deepEqual(
      [inputs["chart"], inputs["version"], inputs["namespace"]],
      ["oci://charts.example.com/argo-cd", "10.9.0", "argocd"],
    );
  });

  it("installs nothing where Argo CD is there already", async () => {
    const { resources } = await evaluate({ install: false });
    assert.deepEqual(
      resources.filter(({ type }) => type.includes("helm")),
      [],
    );
  });

  it("syncs the stack's own branch by the agreed policy", () => {
    const application = described.object("Application", "slipway-test");
    assert.deepEqual(at(application, "spec.source"), {
      repoURL: repository,
      targetRevision: "gitops/test",
      path: ".",
    });
    assert.deepEqual(at(application, "spec.syncPolicy"), {
      automated: { prune: true, selfHeal: true, allowEmpty: false },
      syncOptions: [
        "CreateNamespace=true",
        "PrunePropagationPolicy=foreground",
        "PruneLast=true",
        "ServerSideApply=true",
      ],
      retry: { limit: 5, backoff: { duration: "5s", factor: 2, maxDuration: "3m" } },
    });
    assert.deepEqual(at(application.metadata, "finalizers"), [
      "resources-finalizer.argocd.argoproj.io",
    ]);
  });

  it("does not fight the autoscaler over replicas", () => {
    assert.deepEqual(
      at(described.object("Application", "slipway-test"), "spec.ignoreDifferences.0.jsonPointers"),
      ["/spec/replicas"],
    );
  });

  it("may write to its own namespace from its own repository, and to nothing of the cluster", () => {
    const spec = described.object("AppProject", "slipway-test")["spec"];
    assert.deepEqual(at(spec, "sourceRepos"), [repository]);
    assert.deepEqual(at(spec, "destinations"), [
      { server: "https://kubernetes.default.svc", namespace: "slipway-test" },
    ]);
    assert.deepEqual(at(spec, "clusterResourceWhitelist"), []);
  });

  it("holds a token only for a private repository", async () => {
    assert.deepEqual(described.kind("Secret"), []);
    const secret = (await evaluate({ token: pulumi.secret("secret") })).object(
      "Secret",
      "slipway-test-repository",
    );
    assert.deepEqual(secret["stringData"], {
      type: "git",
      url: repository,
      username: "git",
      password: "secret",
      project: "slipway-test",
    });
    assert.equal(secret.metadata.labels?.["argocd.argoproj.io/secret-type"], "repository");
  });

  it("outputs the Application's name", () => {
    assert.equal(described.outputs["application"], "slipway-test");
  });

  it("nests everything below itself", () => {
    const own = described.resources.filter(({ name }) => name.startsWith("argocd-"));
    assert.ok(
      own.length === 2 && own.every(({ parents }) => parents[0] === "slipway:delivery:ArgoCd"),
    );
  });
});
