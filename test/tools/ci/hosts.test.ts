import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describeDelivery } from "../../support/delivery-world.ts";

describeDelivery("npm run hosts", { deployed: true }, (world) => {
  const apply = (manifest: object) =>
    world.kubectlWith(JSON.stringify(manifest), "apply", "-f", "-");
  const crd = (group: string, plural: string, kind: string) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: { "api-approved.kubernetes.io": "https://example.com/test" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      ],
    },
  });

  it("reads Ingresses, where a cluster knows neither Routes nor Gateways", async () => {
    const { code, stdout, stderr } = await world.npm("hosts", ["--stack", "dev"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      "iris-model-api": "https://iris-model.dev.example.com",
      mlflow: "https://mlflow.dev.example.com",
      "titanic-model-api": "https://titanic-model.dev.example.com",
      ui: "https://dev.example.com",
    });
  });

  it("reads OpenShift's Routes, a Gateway's routes and node ports, and hands them to later steps", async () => {
    const namespace = "slipway-dev";
    world.kubectl("-n", namespace, "delete", "ingress", "--all");
    const kinds = [
      ["route.openshift.io", "routes", "Route"],
      ["gateway.networking.k8s.io", "httproutes", "HTTPRoute"],
      ["gateway.networking.k8s.io", "gateways", "Gateway"],
    ] as const;
    for (const [group, plural, kind] of kinds) {
      apply(crd(group, plural, kind));
      world.kubectl(
        "wait",
        "--for=condition=Established",
        `crd/${plural}.${group}`,
        "--timeout=30s",
      );
    }
    const metadata = (name: string) => ({ name, namespace });
    // As of a Service that not all of is for callers: a Route for each path, and one host.
    for (const [name, path] of [
      ["mlflow", "/a"],
      ["mlflow-b", "/b"],
    ] as const) {
      apply({
        apiVersion: "route.openshift.io/v1",
        kind: "Route",
        metadata: metadata(name),
        spec: {
          host: "asked-for.example.com",
          path,
          to: { kind: "Service", name: "mlflow" },
          tls: { termination: "edge" },
        },
        status: { ingress: [{ host: "mlflow-slipway-dev.apps.example.com" }] },
      });
    }
    const listeners = ["HTTP", "HTTPS"].map((protocol) => ({
      name: protocol.toLowerCase(),
      protocol,
      port: 80,
    }));
    apply({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: metadata("public"),
      spec: { listeners },
    });
    for (const [name, sectionName] of [
      ["ui", "https"],
      ["iris-model-api", "http"],
    ] as const) {
      apply({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: metadata(name),
        spec: {
          parentRefs: [{ name: "public", sectionName }],
          hostnames: [`${name}.example.com`],
          rules: [{ backendRefs: [{ name, port: 80 }] }],
        },
      });
    }
    apply({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1" },
      status: { addresses: [{ type: "InternalIP", address: "10.0.0.7" }] },
    });
    apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        ...metadata("node-port-30802"),
        labels: { "app.kubernetes.io/name": "titanic-model-api" },
      },
      spec: { type: "NodePort", ports: [{ port: 8000, nodePort: 30802 }] },
    });
    const output = world.scratch("output");
    const variables = world.scratch("env");
    const { stdout, stderr } = await world.npm("hosts", ["--stack", "dev", "--github"], {
      env: { GITHUB_OUTPUT: output, GITHUB_ENV: variables },
    });
    assert.deepEqual(JSON.parse(stdout), {
      "iris-model-api": "http://iris-model-api.example.com",
      mlflow: "https://mlflow-slipway-dev.apps.example.com",
      "titanic-model-api": "http://10.0.0.7:30802",
      ui: "https://ui.example.com",
    });
    assert.equal(stderr.match(/mlflow +https:\S+ +\(Route\)/g)?.length, 1, stderr);
    assert.match(readFileSync(output, "utf8"), /^ui=https:\/\/ui\.example\.com$/m);
    assert.match(
      readFileSync(variables, "utf8"),
      /^IRIS_MODEL_API_URL=http:\/\/iris-model-api\.example\.com$/m,
    );
  });

  it("names the namespaces there are when the one asked for is not", async () => {
    const { code, stderr } = await world.npm("hosts", ["--stack", "prod"]);
    assert.equal(code, 1);
    assert.match(stderr, /namespace slipway-prod is not in cluster 'bare', which has slipway-dev/);
  });
});
