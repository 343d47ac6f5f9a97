import assert from "node:assert/strict";
import { PredictionApi, type PredictionApiArgs } from "../../components/prediction-api.ts";
import {
  type Described,
  at,
  components,
  environment,
  refuses,
  testImage,
} from "../support/evaluation.ts";
import { RESOURCES, testPlatform } from "../support/platform.ts";

const NAME = "diabetes-model-api";

function api(args: Partial<PredictionApiArgs> = {}): PredictionApi {
  return new PredictionApi(NAME, {
    ...testPlatform(),
    image: testImage("serving"),
    model: "diabetes-model",
    resources: RESOURCES,
    ...args,
  });
}

function evaluate(args: Partial<PredictionApiArgs> = {}): Promise<Described> {
  return components(() => ({ url: api(args).url }));
}

describe("PredictionApi", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("leaves the replica count to the autoscaler", () => {
    assert.equal(at(described.object("Deployment", NAME), "spec.replicas"), undefined);
    assert.deepEqual(described.object("HorizontalPodAutoscaler", NAME)["spec"], {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
        },
      ],
    });
  });

  it("scales within other bounds when told", async () => {
    const other = await evaluate({ replicas: { min: 3, max: 4, cpuPercent: 70 } });
    const spec = other.object("HorizontalPodAutoscaler", NAME)["spec"];
    assert.deepEqual([at(spec, "minReplicas"), at(spec, "maxReplicas")], [3, 4]);
    assert.equal(at(spec, "metrics.0.resource.target.averageUtilization"), 70);
  });

  it("refuses a minimum above the maximum", () =>
    refuses(
      () => api({ replicas: { min: 9, max: 6, cpuPercent: 50 } }),
      "'replicas.min' (9) exceeds 'replicas.max' (6)",
    ));

  it("serves the champion of its model, as an account that only reads", () => {
    assert.deepEqual(environment(described.object("Deployment", NAME)), {
      HOST: "0.0.0.0",
      PORT: "8000",
      MODEL_URI: "models:/diabetes-model@champion",
      MODEL_CACHE_DIR: "/tmp/models",
      MODEL_POLL_SECONDS: "5",
      MLFLOW_TRACKING_URI: "http://mlflow.slipway-test:5000",
      MLFLOW_TRACKING_USERNAME: "serving",
      MLFLOW_TRACKING_PASSWORD_FILE: "/run/secrets/mlflow/password",
    });
  });

  it("takes no traffic before it can answer, and no old replica away before", () => {
    const deployment = described.object("Deployment", NAME);
    assert.equal(
      at(deployment, "spec.template.spec.containers.0.readinessProbe.httpGet.path"),
      "/ready",
    );
    assert.equal(
      at(deployment, "spec.template.spec.containers.0.livenessProbe.httpGet.path"),
      "/health",
    );
    assert.equal(
      at(deployment, "spec.template.spec.containers.0.startupProbe.httpGet.path"),
      "/health",
    );
    assert.deepEqual(at(deployment, "spec.strategy.rollingUpdate"), {
      maxUnavailable: 0,
      maxSurge: 1,
    });
  });

  it("loses one replica at a time to a drained node, and spreads over machines", () => {
    assert.equal(at(described.object("PodDisruptionBudget", NAME), "spec.maxUnavailable"), 1);
    const spread = at(
      described.object("Deployment", NAME),
      "spec.template.spec.topologySpreadConstraints.0",
    );
    assert.equal(at(spread, "topologyKey"), "kubernetes.io/hostname");
    assert.equal(at(spread, "whenUnsatisfiable"), "ScheduleAnyway");
  });

  it("asks for tokens when issuer and audience are given, and may then reach the issuer", async () => {
    const auth = {
      issuer: "https://login.example.com",
      addresses: ["public"],
      audience: "slipway",
    };
    const guarded = await evaluate({ auth });
    const env = environment(guarded.object("Deployment", NAME));
    assert.deepEqual([env["OIDC_ISSUER"], env["OIDC_AUDIENCE"]], [auth.issuer, auth.audience]);
    const ports = (found: Described) =>
      JSON.stringify(at(found.object("NetworkPolicy", NAME), "spec.egress")).match(/"port":\d+/g);
    assert.deepEqual(ports(described), ['"port":5000']);
    assert.deepEqual(ports(guarded), ['"port":5000', '"port":443']);
    const near = { ...auth, issuer: "https://sso.team-a:8443/realms/ml", addresses: undefined };
    const egress = at(
      (await evaluate({ auth: near })).object("NetworkPolicy", NAME),
      "spec.egress.1",
    );
    assert.deepEqual(at(egress, "to.0.namespaceSelector.matchLabels"), {
      "kubernetes.io/metadata.name": "team-a",
    });
    assert.equal(at(egress, "ports.0.port"), 8443);
  });

  it("refuses an issuer by a name that may lead anywhere", async () => {
    const auth = { issuer: "https://login.example.com", audience: "slipway" };
    await assert.rejects(evaluate({ auth }), {
      message: /^'auth\.addresses' is missing: login\.example\.com is a name/,
    });
  });

  it("is reached by its Service", () => {
    assert.deepEqual(described.object("Service", NAME)["spec"], {
      selector: { "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": "slipway-test" },
      ports: [{ name: "http", port: 8000, targetPort: "http" }],
    });
    assert.equal(described.outputs["url"], "http://diabetes-model-api.slipway-test:8000");
  });

  it("keeps a selector that no version changes", () => {
    assert.deepEqual(
      Object.keys(at(described.object("Deployment", NAME), "spec.selector.matchLabels") as object),
      ["app.kubernetes.io/instance", "app.kubernetes.io/name"],
    );
  });

  it("nests everything below itself", () => {
    const own = described.resources.filter(({ name }) => name === NAME);
    const nested = own.filter(({ parents }) => parents.at(-1) === "slipway:serving:PredictionApi");
    assert.equal(nested.length, own.length - 1);
  });
});
