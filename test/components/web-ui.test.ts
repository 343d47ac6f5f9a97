import assert from "node:assert/strict";
import { PredictionApi } from "../../components/prediction-api.ts";
import { WebUi } from "../../components/web-ui.ts";
import {
  type Described,
  at,
  components,
  environment,
  stack,
  testImage,
} from "../support/evaluation.ts";
import { RESOURCES, testPlatform } from "../support/platform.ts";

function evaluate(replicas?: number): Promise<Described> {
  return components(() => {
    const { namespace, mlflow } = testPlatform();
    const args = {
      namespace,
      mlflow,
      image: testImage("serving"),
      model: "iris-model",
      resources: RESOURCES,
    };
    const api = new PredictionApi("iris-model-api", args);
    const page = {
      namespace,
      image: testImage("ui"),
      apis: { "iris-model": api },
      resources: RESOURCES,
    };
    return {
      url: new WebUi("ui", { ...page, ...(replicas === undefined ? {} : { replicas }) }).url,
    };
  });
}

describe("WebUi", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("runs twice by default and as often as told, and as often again under load", async () => {
    for (const [page, replicas] of [
      [described, 2],
      [await evaluate(5), 5],
    ] as const) {
      const scaler = page.object("HorizontalPodAutoscaler", "ui");
      assert.equal(at(scaler, "spec.minReplicas"), replicas);
      assert.equal(at(scaler, "spec.maxReplicas"), 2 * replicas);
    }
  });

  it("knows where each model answers", () => {
    const env = environment(described.object("Deployment", "ui"));
    assert.deepEqual(JSON.parse(env["MODELS"] ?? ""), [
      { name: "iris-model", url: "http://iris-model-api.slipway-test:8000" },
    ]);
  });

  it("may reach the APIs and nothing else", () => {
    const egress = at(described.object("NetworkPolicy", "ui"), "spec.egress") as unknown[];
    assert.equal(egress.length, 1);
    const labels = at(
      described.object("Deployment", "ui"),
      "spec.template.metadata.labels",
    ) as Record<string, string>;
    assert.equal(labels["slipway/access-iris-model-api"], "true");
  });

  it("leads to an API's description where people reach it, and nowhere else", async () => {
    const docs = async (endpoint: object) => {
      const { MODELS = "" } = environment(
        (await stack("dev", { endpoint })).object("Deployment", "ui"),
      );
      return (JSON.parse(MODELS) as { docs?: string }[])[0]?.docs;
    };
    const host = { kind: "ingress", host: "ml.example.com", tls: { secretName: "tls" } };
    assert.equal(await docs({ kind: "none" }), undefined);
    assert.equal(await docs({ kind: "nodePort" }), "http://localhost:30800/docs");
    assert.equal(await docs(host), undefined);
    const open = await docs({ ...host, docs: true });
    assert.equal(open, "https://diabetes-model.ml.example.com/docs");
  });

  it("asks the environment's own Prometheus how all is, where there is one", async () => {
    const watched = await stack("dev");
    const { PROMETHEUS_URL } = environment(watched.object("Deployment", "ui"));
    assert.equal(PROMETHEUS_URL, "http://prometheus.slipway-dev:9090");
    const labels = at(watched.object("Deployment", "ui"), "spec.template.metadata.labels");
    assert.equal((labels as Record<string, string>)["slipway/access-prometheus"], "true");
    for (const kind of ["off", "operator"]) {
      const alone = await stack("dev", { monitoring: { kind } });
      const { PROMETHEUS_URL: none } = environment(alone.object("Deployment", "ui"));
      assert.equal(none, undefined);
    }
  });

  it("asks MLflow by the account that only reads, whose password it has as a file", async () => {
    const ui = (await stack("dev")).object("Deployment", "ui");
    const { MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD_FILE } =
      environment(ui);
    assert.deepEqual(
      [MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD_FILE],
      ["http://mlflow.slipway-dev:5000", "serving", "/run/secrets/mlflow/password"],
    );
    const pod = at(ui, "spec.template.spec") as { volumes: object[]; containers: object[] };
    const secret = { secretName: "mlflow-serving" };
    assert.deepEqual(pod.volumes.slice(1), [{ name: "mlflow", secret }]);
    const mounts = at(ui, "spec.template.spec.containers.0.volumeMounts") as object[];
    const mount = { name: "mlflow", mountPath: "/run/secrets/mlflow", readOnly: true };
    assert.deepEqual(mounts.slice(1), [mount]);
  });

  it("is let out to MLflow, and in there", async () => {
    const dev = await stack("dev");
    const labels = at(dev.object("Deployment", "ui"), "spec.template.metadata.labels");
    assert.equal((labels as Record<string, string>)["slipway/access-mlflow"], "true");
    const open = (name: string, way: string) =>
      JSON.stringify(at(dev.object("NetworkPolicy", name), `spec.${way}`));
    assert.match(
      open("ui", "egress"),
      /"port":5000,"protocol":"TCP".*"app.kubernetes.io\/name":"mlflow"/,
    );
    assert.match(open("mlflow", "ingress"), /"slipway\/access-mlflow":"true"/);
  });

  it("leads to MLflow's runs where people reach MLflow, and nowhere else", async () => {
    const people = async (endpoint: object) =>
      environment((await stack("dev", { endpoint })).object("Deployment", "ui"))[
        "MLFLOW_PEOPLE_URL"
      ];
    assert.equal(await people({ kind: "none" }), undefined);
    assert.equal(await people({ kind: "nodePort" }), "http://localhost:30500");
    const host = { kind: "ingress", host: "ml.example.com", tls: { secretName: "tls" } };
    assert.equal(await people(host), "https://mlflow.ml.example.com");
  });

  it("holds no account where it is told of no MLflow", () => {
    assert.doesNotMatch(JSON.stringify(described.object("Deployment", "ui")), /secret/i);
  });

  it("loses one replica at a time to a drained node", () => {
    assert.equal(at(described.object("PodDisruptionBudget", "ui"), "spec.maxUnavailable"), 1);
  });

  it("outputs its address in the cluster", () => {
    assert.equal(described.outputs["url"], "http://ui.slipway-test:8080");
  });

  it("nests everything below itself", () => {
    const own = described.resources.filter(
      ({ name, type }) => name === "ui" && type.startsWith("kubernetes:"),
    );
    assert.ok(own.length > 3 && own.every(({ parents }) => parents[0] === "slipway:serving:WebUi"));
  });
});
