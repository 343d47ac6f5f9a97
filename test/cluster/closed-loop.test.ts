import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { NODE_PORTS } from "../../components/well-known.ts";
import { valueOf } from "./support/firing.ts";
import { runOf } from "./support/loop-job.ts";
import { mlflow } from "./support/mlflow.ts";
import { kubectl, nodeUrl, until } from "./support/sandbox.ts";

const MODEL = "titanic-model";
const MONITOR = `${MODEL}-monitor`;
const BATCH = `${MODEL}-batch-passengers`;
const REQUEST = "cluster-loop";
/** Passengers as old as hardly any that the model was trained on. */
const OLD = Array.from({ length: 300 }, (_, index) => ({
  ...{ pclass: "1st", sex: index % 2 === 0 ? "female" : "male", sibsp: 0, parch: 0 },
  age: 65 + (index % 15),
}));

const LEARNT = "loop-model";
const YAML = `name: ${LEARNT}
task: classification
data: { source: "s3://data/incoming/customers/*.csv" }
target: churned
retrain: { when: { rows: 100 } }
gate: { floors: { accuracy: 0.7 } }
`;

interface Monitored {
  rows: number;
  features: Record<string, { verdict: string }>;
  quality: { labelled: number; metrics: Record<string, { value: number }> };
}

/** Writes an object into the stack's bucket of data, as training may. */
function put(name: string, path: string, content: string): Promise<string> {
  const code = [
    "import os, sys, obstore",
    "from training.snapshots.store import open_store",
    "store = open_store('s3://data', 'DATA_STORE')",
    "obstore.put(store, sys.argv[1], sys.argv[2].encode())",
  ].join("\n");
  return runOf(MONITOR, name, { command: ["python", "-c", code], args: [path, content] });
}

/** Customers of whom those leave who pay much for what they came to lately. */
function customers(from: number, count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const row = from + index;
    const [months, charge] = [(row * 7) % 72, 20 + ((row * 13) % 80)];
    return `${months},${charge},${charge - months > 20 !== (row % 10 === 0) ? "yes" : "no"}`;
  });
  return ["months,monthly_charge,churned", ...rows, ""].join("\n");
}

const versionsOf = async (name: string) => {
  const query = encodeURIComponent(`name='${name}'`);
  const path = `model-versions/search?filter=${query}`;
  interface Found {
    model_versions?: { version: string; aliases?: string[]; run_id: string }[];
  }
  return (await mlflow<Found>("GET", path)).model_versions ?? [];
};

describe("the closed loop in the cluster", () => {
  const titanic = async (path: string, body: unknown) => {
    const answer = await fetch(`${await nodeUrl(NODE_PORTS.firstModel + 2)}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": REQUEST, connection: "close" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as unknown;
  };

  it("keeps predictions and labels, and tells drift and quality to MLflow and Prometheus", async function () {
    this.timeout(600_000);
    await titanic("/predict", OLD);
    const labels = OLD.map(({ sex }, row) => ({
      ...{ request_id: REQUEST, row, label: sex === "female" },
    }));
    assert.deepEqual(await titanic("/feedback", labels), { kept: OLD.length });
    // A file of the log is written once a minute.
    await sleep(65_000);
    const log = await runOf(MONITOR, "loop-monitor");
    const line = log.split("\n").findLast((text) => text.startsWith("{")) ?? log;
    const found = JSON.parse(line) as Monitored;
    assert(found.rows >= OLD.length, line);
    assert.equal(found.features["age"]?.verdict, "shifted");
    assert.equal(found.quality.labelled, OLD.length);
    assert((found.quality.metrics["accuracy"]?.value ?? 0) > 0.5);

    const age = `slipway_monitoring_psi{model="${MODEL}",feature="age"}`;
    await until("Prometheus knows of the drift", async () => (await valueOf(age)) > 0.25);
    const filter = `tags."slipway.monitoring" = '${MODEL}'`;
    const { experiments } = await mlflow<{ experiments: { experiment_id: string }[] }>(
      "GET",
      "experiments/search?max_results=100",
    );
    const experiment_ids = experiments.map(({ experiment_id: id }) => id);
    const { runs = [] } = await mlflow<{ runs?: unknown[] }>("POST", "runs/search", {
      ...{ experiment_ids, filter },
    });
    assert(runs.length > 0, "no run of the monitoring");
  });

  it("lets the API's account write the log, and neither read nor reach another place", async () => {
    const code = `
import obstore, sys
from obstore.store import S3Store
from pathlib import Path
account = Path('/run/secrets/other')
def store(prefix):
    return S3Store('data', prefix=prefix, config={'endpoint': sys.argv[1], 'region': 'us-east-1', 'allow_http': 'true',
        'virtual_hosted_style_request': 'false', 'access_key_id': sys.argv[2], 'secret_access_key': sys.argv[3]}, retry_config={'max_retries': 0})
def tried(what):
    try:
        what()
        return 'done'
    except Exception as error:
        return 'refused' if '403' in str(error) or 'AccessDenied' in str(error) or 'Forbidden' in str(error) else repr(error)
print(tried(lambda: obstore.put(store('predictions'), 'tried', b'x')), tried(lambda: bytes(obstore.get(store('predictions'), 'tried').bytes())),
    tried(lambda: obstore.put(store('snapshots'), 'tried', b'x')), tried(lambda: list(obstore.list(store('predictions')))))
`;
    const secret = async (key: string) => {
      const path = `jsonpath={.data.${key}}`;
      const text = await kubectl("get", "secret/object-store-capture", "-o", path);
      return Buffer.from(text, "base64").toString();
    };
    const args = [
      ...["http://object-store-seaweedfs:8333"],
      ...[await secret("username"), await secret("password")],
    ];
    const log = await runOf(MONITOR, "loop-account", { command: ["python", "-c", code], args });
    assert.equal(log.trim(), "done refused refused refused");
  });

  it("trains from a source that changes, for a reason, and not without one", async function () {
    this.timeout(900_000);
    const retrain = (name: string) =>
      runOf(MONITOR, name, {
        args: ["retrain", "/app/models/loop.yaml"],
        models: { "loop.yaml": YAML },
      });
    await put("loop-first", "incoming/customers/first.csv", customers(0, 500));
    assert.match(await retrain("loop-train"), /champion/);
    const [first] = await versionsOf(LEARNT);
    assert.deepEqual(first?.aliases, ["champion"]);
    const idle = await retrain("loop-idle");
    assert.match(idle, /rows: 0 of 100/);
    assert.equal((await versionsOf(LEARNT)).length, 1);

    await put("loop-second", "incoming/customers/second.csv", customers(500, 400));
    await retrain("loop-again");
    const versions = await versionsOf(LEARNT);
    assert.equal(versions.length, 2);
    const run = versions.find(({ version }) => version === "2")?.run_id ?? "";
    const { run: found } = await mlflow<{
      run: { data: { tags: { key: string; value: string }[] } };
    }>("GET", `runs/get?run_id=${run}`);
    const reason = found.data.tags.find(({ key }) => key === "slipway.retrain_reason")?.value;
    assert.match(reason ?? "", /400/);
  });

  it("answers a batch once a day, with the rows that it refuses beside it", async function () {
    this.timeout(600_000);
    const rows = [
      "pclass,sex,age,sibsp,parch",
      ...["1st,female,30,0,0", "3rd,male,,1,0", "5th,male,20,0,0", ""],
    ];
    await put("loop-rows", "incoming/passengers.csv", rows.join("\n"));
    const log = await runOf(BATCH, "loop-batch");
    assert.match(log, /2/);
    const again = await runOf(BATCH, "loop-batch-again");
    assert.match(again, /already/);
    const code = `
import obstore
from training.snapshots.store import open_store
store = open_store('s3://data', 'DATA_STORE')
print(sorted(one['path'].split('/', 3)[3].replace(one['path'].split('/')[3][:10], 'DAY') for batch in obstore.list(store, 'batches/${MODEL}/passengers') for one in batch))
`;
    const kept = await runOf(MONITOR, "loop-kept", { command: ["python", "-c", code], args: [] });
    assert.equal(kept.trim(), "['DAY.parquet', 'DAY.parquet.errors.csv']");
  });
});
