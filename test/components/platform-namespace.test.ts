import assert from "node:assert/strict";
import { type Described, at, components, testNamespace } from "../support/evaluation.ts";

describe("PlatformNamespace", () => {
  let described: Described;
  before(async () => {
    described = await components(() => {
      const { name } = testNamespace();
      return { name };
    });
  });

  it("enforces, audits and warns of the restricted Pod Security Standard", () => {
    const { labels = {} } = described.object("Namespace", "slipway-test").metadata;
    for (const mode of ["enforce", "audit", "warn"]) {
      assert.equal(labels[`pod-security.kubernetes.io/${mode}`], "restricted");
    }
  });

  it("limits what the environment may request", () => {
    assert.deepEqual(at(described.object("ResourceQuota", "quota"), "spec.hard"), {
      "requests.cpu": "8",
      "requests.memory": "16Gi",
      "requests.storage": "100Gi",
      pods: "60",
    });
  });

  it("gives requests to pods that name none, so that the quota admits them", () => {
    assert.deepEqual(
      at(described.object("LimitRange", "defaults"), "spec.limits.0.defaultRequest"),
      {
        cpu: "25m",
        memory: "64Mi",
      },
    );
  });

  it("denies all traffic but DNS", () => {
    assert.deepEqual(described.object("NetworkPolicy", "default-deny")["spec"], {
      podSelector: { matchLabels: {} },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [],
    });
    assert.deepEqual(at(described.object("NetworkPolicy", "allow-dns"), "spec.egress.0.ports"), [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ]);
  });

  it("allows OpenShift's own DNS port and namespace", async () => {
    const openshift = await components(() => void testNamespace({ openshift: true }));
    const rule = at(openshift.object("NetworkPolicy", "allow-dns"), "spec.egress.0");
    assert.match(JSON.stringify(rule), /5353.*openshift-dns/);
  });

  it("is kept through a destroy when it is protected", async () => {
    const kept = await components(() => void testNamespace({ protect: true }));
    const { options } = kept.resource(":Namespace", "slipway-test");
    assert.deepEqual([options.protect, options.retainOnDelete], [true, true]);
  });

  it("makes a pull secret of the registry's account", async () => {
    const registry = {
      host: "registry.example.com",
      prefix: "team",
      username: "robot",
      password: "secret",
    };
    const pulling = await components(() => void testNamespace({ registry }));
    const secret = pulling.object("Secret", "registry");
    assert.equal(secret["type"], "kubernetes.io/dockerconfigjson");
    const { ".dockerconfigjson": config = "" } = secret["stringData"] as Record<string, string>;
    assert.deepEqual(JSON.parse(config), {
      auths: { "registry.example.com": { username: "robot", password: "secret" } },
    });
  });

  it("makes none where the registry asks for no account", async () => {
    const registry = { host: "registry.example.com", prefix: "team" };
    const pulling = await components(() => void testNamespace({ registry }));
    assert.deepEqual(pulling.kind("Secret"), []);
  });

  it("nests everything below itself", () => {
    const outside = described.resources.filter(
      ({ parents }) => !parents.includes("slipway:platform:PlatformNamespace"),
    );
    assert.deepEqual(
      outside.map(({ type }) => type),
      ["slipway:platform:PlatformNamespace"],
    );
  });

  it("outputs its name", () => {
    assert.equal(described.outputs["name"], "slipway-test");
  });
});
