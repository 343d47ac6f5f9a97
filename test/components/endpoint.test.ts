import assert from "node:assert/strict";
import { Endpoint, type EndpointArgs } from "../../components/endpoint.ts";
import { type Described, at, components, testNamespace } from "../support/evaluation.ts";

type Settings = EndpointArgs["settings"];

function evaluate(
  settings: Settings,
  subdomain: string | undefined = "mlflow",
  space: Parameters<typeof testNamespace>[0] = {},
): Promise<Described> {
  return components(() => {
    const service = {
      name: "mlflow",
      port: 5000,
      selector: { "app.kubernetes.io/name": "mlflow" },
      health: "/health",
    };
    const args = { namespace: testNamespace(space), settings, service, nodePort: 30500 };
    return {
      url: new Endpoint("mlflow-endpoint", { ...args, ...(subdomain === "" ? {} : { subdomain }) })
        .url,
    };
  });
}

const host = "slipway.example.com";
const GATEWAY = {
  name: "public",
  namespace: "gateway-system",
  section: "https",
  healthCheckPolicy: false,
};

describe("Endpoint", () => {
  it("makes nothing by default, and names the port-forward's address", async () => {
    const described = await evaluate({ kind: "none" });
    assert.deepEqual(
      described.resources.filter(({ name }) => name === "mlflow-endpoint").length,
      1,
    );
    assert.equal(described.outputs["url"], "http://localhost:5000");
  });

  it("opens the well-known port on every node", async () => {
    const described = await evaluate({ kind: "nodePort", host: "node.example.com" });
    assert.deepEqual(described.object("Service", "node-port-30500")["spec"], {
      type: "NodePort",
      selector: { "app.kubernetes.io/name": "mlflow" },
      ports: [{ name: "http", port: 5000, targetPort: "http", nodePort: 30500 }],
    });
    assert.equal(described.outputs["url"], "http://node.example.com:30500");
  });

  it("lets in everyone, or the controller alone where its namespace is known", async () => {
    const open = await evaluate({ kind: "nodePort" });
    assert.deepEqual(at(open.object("NetworkPolicy", "mlflow-endpoint"), "spec.ingress"), [
      { ports: [{ protocol: "TCP", port: 5000 }] },
    ]);
    const narrow = await evaluate({ kind: "ingress", host, controllerNamespace: "ingress" });
    assert.deepEqual(at(narrow.object("NetworkPolicy", "mlflow-endpoint"), "spec.ingress.0.from"), [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } } },
    ]);
  });

  it("routes a host of its own through an Ingress", async () => {
    const described = await evaluate({
      kind: "ingress",
      host,
      ingressClass: "traefik",
      tls: { secretName: "wildcard" },
    });
    assert.deepEqual(described.object("Ingress", "mlflow")["spec"], {
      ingressClassName: "traefik",
      tls: [{ hosts: ["mlflow.slipway.example.com"], secretName: "wildcard" }],
      rules: [
        {
          host: "mlflow.slipway.example.com",
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: "mlflow", port: { name: "http" } } },
              },
            ],
          },
        },
      ],
    });
    assert.equal(described.outputs["url"], "https://mlflow.slipway.example.com");
  });

  it("takes the host itself for what has no subdomain", async () => {
    const described = await evaluate({ kind: "ingress", host }, "");
    assert.equal(at(described.object("Ingress", "mlflow"), "spec.rules.0.host"), host);
    assert.equal(described.outputs["url"], "http://slipway.example.com");
  });

  it("asks cert-manager for a certificate", async () => {
    const { metadata, spec } = (
      await evaluate({ kind: "ingress", host, tls: { clusterIssuer: "letsencrypt" } })
    ).object("Ingress", "mlflow");
    assert.deepEqual(at(metadata, "annotations"), {
      "cert-manager.io/cluster-issuer": "letsencrypt",
    });
    assert.equal(at(spec, "tls.0.secretName"), "mlflow-tls");
  });

  it("lets the issuer's question reach the pod that cert-manager answers it with", async () => {
    const issued = { kind: "ingress", host, tls: { clusterIssuer: "letsencrypt" } } as const;
    const { spec } = (await evaluate({ ...issued, controllerNamespace: "ingress" })).object(
      "NetworkPolicy",
      "mlflow-certificate",
    );
    assert.deepEqual(spec, {
      podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } } },
          ],
          ports: [{ protocol: "TCP", port: 8089 }],
        },
      ],
      egress: [],
    });
    const policies = async (settings: Settings, existing?: string) =>
      (await evaluate(settings, "mlflow", { existing }))
        .kind("NetworkPolicy")
        .map(({ metadata }) => metadata.name);
    const own = { kind: "ingress", host, tls: { secretName: "wildcard" } } as const;
    assert.ok(!(await policies(own)).includes("mlflow-certificate"));
    assert.ok(!(await policies(issued, "team-a")).includes("mlflow-certificate"));
  });

  it("attaches a route to a Gateway's listener", async () => {
    const described = await evaluate({ kind: "gateway", host, gateway: GATEWAY, tls: {} });
    assert.deepEqual(described.object("HTTPRoute", "mlflow")["spec"], {
      parentRefs: [{ name: "public", namespace: "gateway-system", sectionName: "https" }],
      hostnames: ["mlflow.slipway.example.com"],
      rules: [{ backendRefs: [{ name: "mlflow", port: 5000 }] }],
    });
    assert.deepEqual(described.kind("HealthCheckPolicy"), []);
  });

  it("tells GKE's load balancer which path answers its health checks", async () => {
    const gateway = { ...GATEWAY, healthCheckPolicy: true };
    const described = await evaluate({ kind: "gateway", host, gateway, tls: {} });
    const { apiVersion, spec } = described.object("HealthCheckPolicy", "mlflow");
    assert.equal(apiVersion, "networking.gke.io/v1");
    assert.deepEqual(spec, {
      default: {
        config: {
          type: "HTTP",
          httpHealthCheck: { portSpecification: "USE_SERVING_PORT", requestPath: "/health" },
        },
      },
      targetRef: { group: "", kind: "Service", name: "mlflow" },
    });
  });

  it("lets in OpenShift's routers alone, unless their namespace is told", async () => {
    const route = { kind: "openshiftRoute", host, tls: {} } as const;
    const from = async (settings: Parameters<typeof evaluate>[0]) =>
      at(
        (await evaluate(settings)).object("NetworkPolicy", "mlflow-endpoint"),
        "spec.ingress.0.from",
      );
    assert.deepEqual(await from(route), [
      {
        namespaceSelector: { matchLabels: { "policy-group.network.openshift.io/ingress": "" } },
      },
      {
        namespaceSelector: {
          matchLabels: { "policy-group.network.openshift.io/host-network": "" },
        },
      },
    ]);
    assert.deepEqual(await from({ ...route, controllerNamespace: "routers" }), [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "routers" } } },
    ]);
  });

  it("lets Google's health checks in beside the one namespace that may enter", async () => {
    const from = async (healthCheckPolicy: boolean) => {
      const gateway = { ...GATEWAY, healthCheckPolicy };
      const described = await evaluate({
        kind: "gateway",
        host,
        gateway,
        controllerNamespace: "gateway-system",
      });
      return at(described.object("NetworkPolicy", "mlflow-endpoint"), "spec.ingress.0.from");
    };
    const [proxies] = (await from(false)) as object[];
    assert.deepEqual(await from(true), [
      proxies,
      { ipBlock: { cidr: "35.191.0.0/16" } },
      { ipBlock: { cidr: "130.211.0.0/22" } },
    ]);
  });

  it("names an OpenShift Route within the one level that the router's certificate covers", async () => {
    const described = await evaluate({ kind: "openshiftRoute", host: "apps.example.com", tls: {} });
    assert.deepEqual(described.object("Route", "mlflow")["spec"], {
      host: "mlflow-slipway-test.apps.example.com",
      to: { kind: "Service", name: "mlflow", weight: 100 },
      port: { targetPort: "http" },
      tls: { termination: "edge", insecureEdgeTerminationPolicy: "Redirect" },
    });
    assert.equal(described.outputs["url"], "https://mlflow-slipway-test.apps.example.com");
  });

  it("names a Route after the namespace it is in, as OpenShift itself does", async () => {
    const settings = { kind: "openshiftRoute", host: "apps.example.com", tls: {} } as const;
    const described = await evaluate(settings, "mlflow", { existing: "ada-dev" });
    assert.equal(described.outputs["url"], "https://mlflow-ada-dev.apps.example.com");
  });

  it("nests everything below itself", async () => {
    const { resources } = await evaluate({ kind: "nodePort" });
    const own = resources.filter(
      ({ parents, type }) =>
        parents.includes("slipway:platform:Endpoint") && type.startsWith("kubernetes:"),
    );
    assert.deepEqual(own.map(({ name, parents }) => [name, ...parents]).sort(), [
      ["mlflow-endpoint", "slipway:platform:Endpoint"],
      ["node-port-30500", "slipway:platform:Endpoint"],
    ]);
  });
});
