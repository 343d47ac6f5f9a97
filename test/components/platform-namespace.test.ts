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

  it("lets names be asked of the name servers alone, and of no other pod or link-local address", () => {
    assert.deepEqual(at(described.object("NetworkPolicy", "allow-dns"), "spec.egress.0.to"), [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
        podSelector: {
          matchExpressions: [
            { key: "k8s-app", operator: "In", values: ["kube-dns", "node-local-dns"] },
          ],
        },
      },
      { ipBlock: { cidr: "169.254.20.10/32" } },
      { ipBlock: { cidr: "169.254.169.254/32" } },
    ]);
  });

  it("allows OpenShift's own DNS port and pods", async () => {
    const openshift = await components(() => void testNamespace({ openshift: true }));
    const rule = at(openshift.object("NetworkPolicy", "allow-dns"), "spec.egress.0");
    assert.match(JSON.stringify(at(rule, "ports")), /5353/);
    assert.deepEqual(at(rule, "to"), [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } },
        podSelector: {
          matchLabels: { "dns.operator.openshift.io/daemonset-dns": "default" },
        },
      },
    ]);
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

describe("PlatformNamespace in a namespace that exists", () => {
  let described: Described;
  before(async () => {
    const registry = { host: "registry.example.com", prefix: "team", username: "u", password: "p" };
    described = await components(() => {
      const space = testNamespace({ existing: "team-a", protect: true, registry });
      const { name, plainName, environment } = space;
      return { name, plainName, instance: environment.instance };
    });
  });

  it("makes no namespace, quota or limits: those are the owner's", () => {
    const kinds = described.objects.map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, ["ConfigMap", "NetworkPolicy", "NetworkPolicy", "Secret"]);
    for (const { metadata } of described.objects) assert.equal(metadata.namespace, "team-a");
  });

  it("says who lives there, so that no second stack moves in", () => {
    const { metadata, ...rest } = described.object("ConfigMap", "slipway");
    assert.deepEqual(rest["data"], { instance: "slipway-test" });
    assert.equal(metadata.labels?.["app.kubernetes.io/instance"], "slipway-test");
  });

  it("closes its own pods alone, and gives DNS to them alone", () => {
    for (const name of ["slipway-test-default-deny", "slipway-test-allow-dns"]) {
      const selector = at(described.object("NetworkPolicy", name), "spec.podSelector");
      assert.deepEqual(selector, { matchLabels: { "app.kubernetes.io/instance": "slipway-test" } });
    }
  });

  it("takes no name that the owner's own objects may well have", () => {
    const names = described.objects.map(({ metadata }) => metadata.name);
    assert.deepEqual(
      names.filter((name) => !name.startsWith("slipway")),
      [],
    );
  });

  it("is known by its own name, and reached under the namespace's", () => {
    assert.deepEqual(described.outputs, {
      name: "team-a",
      plainName: "team-a",
      instance: "slipway-test",
    });
  });
});
