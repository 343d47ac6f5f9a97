import assert from "node:assert/strict";
import { Endpoint, type EndpointArgs } from "../../components/endpoint.ts";
import { apiReference } from "../../components/prediction-api.ts";
import { appOn, closeApps } from "../../serving/test/support/app.ts";
import { at, components, testNamespace } from "../support/evaluation.ts";

/** Paths of the prediction API that answer inside the cluster alone: they name addresses, figures and the model's making. */
const INSIDE = ["/health", "/metrics", "/model"];

type Settings = EndpointArgs["settings"];

const host = "slipway.example.com";
const gateway = { name: "public", namespace: "gateway-system", section: "https" };

describe("what callers outside reach of a prediction API", () => {
  after(closeApps);

  it("is every route of the server but those for the page, probes and Prometheus", async () => {
    let open: string[] = [];
    await components(() => {
      open = apiReference("iris-model-api", testNamespace(), 1).service.paths ?? [];
      return {};
    });
    const app = await appOn("/no/such/folder");
    await app.ready();
    const { paths = {} } = app.swagger() as { paths?: Record<string, unknown> };
    const routes = Object.keys(paths);
    assert.ok(routes.includes("/predict/demo") && routes.length > 10, routes.join(" "));
    const reached = (route: string) =>
      open.some((path) => route === path || (path !== "/" && route.startsWith(`${path}/`)));
    assert.deepEqual(
      routes.filter((route) => !reached(route)).sort(),
      INSIDE,
      "a route is open to callers by CALLERS in components/prediction-api.ts, or stays inside by INSIDE here",
    );
  });

  describe("and of any Service that says so", () => {
    const api = (settings: Settings, paths = ["/", "/predict", "/v2"]) =>
      components(() => {
        const selector = { "app.kubernetes.io/name": "iris-api" };
        const service = { name: "iris-api", port: 8000, selector, health: "/ready" };
        const args = { namespace: testNamespace(), settings, nodePort: 30800, subdomain: "iris" };
        const exposed = { ...service, paths, docs: "/docs" };
        return { url: new Endpoint("iris-endpoint", { ...args, service: exposed }).url };
      });
    const ingress = { kind: "ingress", host } as const;

    it("names each path in an Ingress, the root exactly", async () => {
      const found = (await api(ingress)).object("Ingress", "iris-api");
      const backend = { service: { name: "iris-api", port: { name: "http" } } };
      assert.deepEqual(at(found, "spec.rules"), [
        {
          host: "iris.slipway.example.com",
          http: {
            paths: [
              { path: "/", pathType: "Exact", backend },
              { path: "/predict", pathType: "Prefix", backend },
              { path: "/v2", pathType: "Prefix", backend },
            ],
          },
        },
      ]);
    });

    it("matches no more than eight paths in a rule, as Gateways of the API's version 1.0 take", async () => {
      const many = Array.from({ length: 9 }, (_, index) => `/${index}`);
      const found = (await api({ kind: "gateway", host, gateway }, many)).object(
        "HTTPRoute",
        "iris-api",
      );
      const rules = at(found, "spec.rules") as { matches: { path: { value: string } }[] }[];
      assert.deepEqual(
        rules.map(({ matches }) => matches.map(({ path }) => path.value)),
        [many.slice(0, 8), ["/8"]],
      );
    });

    it("matches the same in a Gateway's route", async () => {
      const found = (await api({ kind: "gateway", host, gateway })).object("HTTPRoute", "iris-api");
      assert.deepEqual(at(found, "spec.rules"), [
        {
          matches: [
            { path: { type: "Exact", value: "/" } },
            { path: { type: "PathPrefix", value: "/predict" } },
            { path: { type: "PathPrefix", value: "/v2" } },
          ],
          backendRefs: [{ name: "iris-api", port: 8000 }],
        },
      ]);
    });

    it("makes an OpenShift Route for each path but the root, below which everything is", async () => {
      const described = await api({ kind: "openshiftRoute", host, tls: {} });
      const routes = described.kind("Route");
      assert.deepEqual(
        routes.map((found) => [found.metadata.name, at(found, "spec.path")]),
        [
          ["iris-api", "/predict"],
          ["iris-api-v2", "/v2"],
        ],
      );
      for (const found of routes) {
        assert.equal(at(found, "spec.host"), "iris-slipway-test.slipway.example.com");
        assert.equal(at(found, "spec.tls.insecureEdgeTerminationPolicy"), "Redirect");
      }
    });

    it("shows its description where the stack says so", async () => {
      const shown = (await api({ ...ingress, docs: true })).object("Ingress", "iris-api");
      assert.equal(at(shown, "spec.rules.0.http.paths.3.path"), "/docs");
    });

    it("opens all of it by a node port, which knows no paths", async () => {
      const { spec } = (await api({ kind: "nodePort" })).object("Service", "node-port-30800");
      assert.deepEqual(at(spec, "ports"), [
        { name: "http", port: 8000, targetPort: "http", nodePort: 30800 },
      ]);
    });
  });
});
