import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ArgoCd, type ArgoCdArgs } from "../../components/argo-cd.ts";
import { renderStack } from "../../tools/lib/program/manifests.ts";
import { type RawConfig, rawStack } from "../../tools/lib/stack/stack-file.ts";
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

  it("makes the password that the chart would make in a hook, which no Chart runs", () => {
    const { inputs } = described.resource("helm.sh/v4:Chart", "argocd");
    assert.deepEqual(inputs["values"], { redisSecretInit: { enabled: false } });
    const secret = described.object("Secret", "argocd-redis");
    assert.equal(secret.metadata.namespace, "argocd");
    assert.deepEqual(secret["stringData"], { auth: "{{argocd-redis}}" });
  });

  it("admits none but restricted pods to Argo CD's own namespace", () => {
    const { labels = {} } = described.object("Namespace", "argocd").metadata;
    assert.equal(labels["pod-security.kubernetes.io/enforce"], "restricted");
  });

  describe("from a release's manifests", () => {
    const file = join(mkdtempSync(join(tmpdir(), "slipway-argocd-")), "install.yaml");
    after(() => {
      rmSync(dirname(file), { recursive: true });
    });

    it("installs them and no chart", async () => {
      const name = "applications.argoproj.io";
      const release = {
        kind: "CustomResourceDefinition",
        metadata: { name },
        spec: { scope: "x" },
      };
      writeFileSync(file, JSON.stringify(release));
      const evaluated = await evaluate({ manifests: file });
      assert.ok(!evaluated.resources.some(({ type }) => type.includes("helm")));
      assert.deepEqual(evaluated.object("CustomResourceDefinition", name)["spec"], release.spec);
    });

    it("says which file cannot be read", async () => {
      await assert.rejects(
        evaluate({ manifests: "/nowhere.yaml" }),
        /'argocd\.manifests' \(\/nowhere\.yaml\) cannot be read: name the file of a release/,
      );
    });
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
      directory: { include: "*.yaml" },
    });
    assert.deepEqual(at(application, "spec.syncPolicy"), {
      automated: { prune: true, selfHeal: true, allowEmpty: false },
      syncOptions: [
        "CreateNamespace=true",
        "PrunePropagationPolicy=foreground",
        "PruneLast=true",
        "ServerSideApply=true",
        "RespectIgnoreDifferences=true",
      ],
      retry: {
        limit: 5,
        backoff: { duration: "5s", factor: 2, maxDuration: "3m" },
        refresh: true,
      },
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

  it("may make every kind that serving consists of, and no Secret", async () => {
    const allowed = at(
      described.object("AppProject", "slipway-test")["spec"],
      "namespaceResourceWhitelist",
    ) as { group: string; kind: string }[];
    const names = allowed.map(({ group, kind }) => `${group}/${kind}`);
    assert.ok(!names.includes("/Secret") && !names.some((name) => name.includes("*")));
    const endpoints: RawConfig[] = [
      { kind: "none" },
      { kind: "nodePort" },
      { kind: "ingress", host: "x.example.com" },
      { kind: "gateway", host: "x.example.com", gateway: { name: "g", namespace: "n" } },
      { kind: "openshiftRoute", host: "x.example.com" },
    ];
    for (const endpoint of endpoints) {
      const platform = endpoint["kind"] === "openshiftRoute" ? "openshift" : "kubernetes";
      const config = { ...rawStack("dev"), delivery: "argocd", endpoint, platform };
      for (const { apiVersion, kind } of (await renderStack("dev", config)).manifests) {
        const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
        assert.ok(names.includes(`${group}/${kind}`), `${group}/${kind}`);
      }
    }
  });

  it("holds a token only for a private repository", async () => {
    assert.ok(
      !described.kind("Secret").some(({ metadata }) => metadata.name.includes("repository")),
    );
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
      own.length === 4 && own.every(({ parents }) => parents[0] === "slipway:delivery:ArgoCd"),
    );
  });
});
