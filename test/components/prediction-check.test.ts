import assert from "node:assert/strict";
import { PredictionCheck } from "../../components/prediction-check.ts";
import { PredictionApi } from "../../components/prediction-api.ts";
import { type Described, at, components, testImage, testNamespace } from "../support/evaluation.ts";
import { RESOURCES, testPlatform } from "../support/platform.ts";

function evaluate(auth: boolean, existing?: string): Promise<Described> {
  return components(() => {
    const { namespace, mlflow } = testPlatform(testNamespace({ existing }));
    const args = {
      namespace,
      mlflow,
      image: testImage("serving"),
      model: "iris-model",
      resources: RESOURCES,
    };
    const api = new PredictionApi("iris-model-api", args);
    new PredictionCheck("iris-model", {
      namespace,
      api,
      triggers: ["image", "job"],
      after: [mlflow],
      context: "kind",
      auth,
    });
    return {};
  });
}

describe("PredictionCheck", () => {
  it("asks the API's Service on the chosen cluster", async () => {
    const { inputs, options } = (await evaluate(false)).resource("local:Command", "iris-model");
    assert.deepEqual(inputs["environment"], {
      NAMESPACE: "slipway-test",
      SERVICE: "iris-model-api",
      PORT: "8000",
      AUTH: "false",
      KUBE_CONTEXT: "kind",
    });
    assert.equal((options.dependsOn as unknown[]).length, 2);
  });

  it("looks for the mark of sleep at the environment marker in a namespace of others", async () => {
    const { inputs } = (await evaluate(false, "team-a")).resource("local:Command", "iris-model");
    assert.equal(at(inputs, "environment.NAMESPACE"), "team-a");
    assert.equal(at(inputs, "environment.ENVIRONMENT"), "configmap/slipway");
  });

  it("asks again when the image or the model changed", async () => {
    const { inputs } = (await evaluate(true)).resource("local:Command", "iris-model");
    assert.deepEqual(inputs["triggers"], ["image", "job"]);
  });
});
