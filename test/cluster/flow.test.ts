import assert from "node:assert/strict";
import { NODE_PORTS } from "../../components/well-known.ts";
import { mlflow } from "./support/mlflow.ts";
import {
  kubectl,
  nodeUrl,
  PATIENT,
  predict,
  readyAddresses,
  readyReplicas,
  until,
} from "./support/sandbox.ts";

interface Answer {
  has_diabetes: boolean;
  probability: number;
  risk_level: string;
  model: { name: string; version: string };
}

describe("the diabetes stack in the cluster", () => {
  it("answers the known patient from the registered champion", async () => {
    const answer = (await predict()) as Answer;
    assert.equal(answer.has_diabetes, true);
    assert.equal(answer.risk_level, "Élevé");
    assert.equal(answer.model.name, "diabetes-model");
  });

  it("runs at least three replicas of the API and two of the page", async () => {
    assert(await readyReplicas("diabetes-model-api", 3));
    assert(await readyReplicas("ui", 2));
  });

  it("answers a ten-row pandas batch in the order of its rows", async () => {
    const columns = Object.fromEntries(
      Object.entries(PATIENT).map(([name, value]) => [
        name,
        Object.fromEntries(
          Array.from({ length: 10 }, (_, row) => [
            String(row),
            name === "Glucose" ? 60 + row * 14 : value,
          ]),
        ),
      ]),
    );
    // `requests.post(url, json=df.to_json())` sends a JSON string that holds the object.
    const answers = (await predict(JSON.stringify(columns))) as Answer[];
    const probabilities = answers.map(({ probability }) => probability);
    assert.equal(probabilities.length, 10);
    const [first = NaN, last = NaN] = [probabilities.at(0), probabilities.at(-1)];
    const single = (await predict({ ...PATIENT, Glucose: 60 })) as Answer;
    assert.equal(first, single.probability);
    assert(last > first);
  });

  it("was proven by the prediction API's own program before it was promoted", async () => {
    const pod = "app.kubernetes.io/name=diabetes-model-training";
    const log = await kubectl("logs", "-l", pod, "-c", "training", "--tail=-1");
    assert.match(log, /serve .*the server's loader answers 100 rows alike/);
  });

  it("gives Prometheus text on /metrics", async () => {
    const response = await fetch(`${await nodeUrl(NODE_PORTS.firstModel)}/metrics`);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    assert.match(await response.text(), /^# HELP /m);
  });

  it("has its metrics in Prometheus, from every replica", async () => {
    const query = 'up{job="diabetes-model-api"} == 1';
    const path = "/api/v1/namespaces/slipway-sandbox/services/prometheus:9090/proxy/api/v1/query";
    // The autoscaler may still be on its way back from a load: how many replicas there are is its own affair.
    await until("every ready replica scraped", async () => {
      const ready = await readyAddresses("diabetes-model-api");
      const raw = await kubectl("get", "--raw", `${path}?query=${encodeURIComponent(query)}`);
      const { data } = JSON.parse(raw) as { data: { result: { metric: { instance: string } }[] } };
      const scraped = data.result.map(({ metric }) => metric.instance.replace(/:\d+$/, ""));
      return ready.length >= 3 && ready.every((address) => scraped.includes(address));
    });
  });

  it("serves MLflow on its well-known port, to people who have its password", async () => {
    const open = await fetch(
      `http://localhost:${NODE_PORTS.mlflow}/api/2.0/mlflow/experiments/search`,
    );
    assert.equal(open.status, 401);
    const model = "registered-models/get?name=diabetes-model";
    const found = await mlflow<{ registered_model: { name: string } }>("GET", model);
    assert.equal(found.registered_model.name, "diabetes-model");
  });

  it("serves the page on its well-known port, with the state of every model", async () => {
    const page = await fetch(`http://localhost:${NODE_PORTS.ui}/`);
    assert.match(await page.text(), /<title>Slipway<\/title>/);
    const models = await fetch(`http://localhost:${NODE_PORTS.ui}/api/models`);
    const states = (await models.json()) as { name: string; status: string }[];
    assert.deepEqual(
      states.map(({ name, status }) => [name, status]),
      [
        ["diabetes-model", "healthy"],
        ["iris-model", "healthy"],
        ["titanic-model", "healthy"],
      ],
    );
  });
});
