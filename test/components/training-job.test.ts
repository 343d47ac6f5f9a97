import assert from "node:assert/strict";
import { peersOf } from "../../components/lib/destinations.ts";
import { TrainingJob, type TrainingJobArgs } from "../../components/training-job.ts";
import { type Described, at, components, environment, testImage } from "../support/evaluation.ts";
import { RESOURCES, testPlatform } from "../support/platform.ts";

const MODEL = { name: "diabetes-model", file: "diabetes.yaml", content: "name: diabetes-model\n" };

function evaluate(args: Partial<TrainingJobArgs> = {}, image = "training"): Promise<Described> {
  return components(() => {
    const { job } = new TrainingJob("diabetes-model-training", {
      ...testPlatform(),
      image: testImage(image),
      model: MODEL,
      resources: RESOURCES,
      ...args,
    });
    return { job };
  });
}

function job({ objects, outputs }: Described) {
  const found = objects.find(
    ({ kind, metadata }) => kind === "Job" && metadata.name === outputs["job"],
  );
  assert.ok(found);
  return found;
}

const egress = (found: Described) =>
  at(found.object("NetworkPolicy", "diabetes-model-training"), "spec.egress") as object[];
const port = (rule: object) => at(rule, "ports.0.port");
const PUBLIC = peersOf(undefined, ["public"])?.[0] ?? {};
const named = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

describe("TrainingJob", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("trains the mounted YAML", () => {
    const spec = at(job(described), "spec.template.spec");
    assert.deepEqual(at(spec, "containers.0.command"), ["python", "-m", "training"]);
    assert.deepEqual(at(spec, "containers.0.args"), ["train", "/app/models/diabetes.yaml"]);
    assert.deepEqual(described.files("diabetes-model-training"), {
      "diabetes.yaml": MODEL.content,
    });
  });

  it("is given the CSV file that the YAML names, under the same path", async () => {
    const data = { path: "data/customers of 2026.csv", content: Buffer.from("a,b\n1,2\n") };
    const withData = await evaluate({ model: { ...MODEL, data } });
    const files = withData.files("diabetes-model-training");
    const key = "data-data_customers_of_2026.csv";
    assert.deepEqual(files, { "diabetes.yaml": MODEL.content, [key]: "a,b\n1,2\n" });
    const volumes = at(job(withData), "spec.template.spec.volumes") as { name: string }[];
    const volume = volumes.find(({ name }) => name === "models");
    assert.deepEqual(at(volume, "configMap.items"), [
      { key: "diabetes.yaml", path: "diabetes.yaml" },
      { key, path: data.path },
    ]);

    const other = { ...data, content: Buffer.from("a,b\n1,3\n") };
    const changed = await evaluate({ model: { ...MODEL, data: other } });
    assert.notEqual(changed.outputs["job"], withData.outputs["job"]);
  });

  it("is given the Python file of the YAML's pipeline beside it, and is a new Job when that changed", async () => {
    const pipeline = { path: "features.py", content: Buffer.from("def build(): ...\n") };
    const given = await evaluate({ model: { ...MODEL, pipeline } });
    const files = given.files("diabetes-model-training");
    const key = "data-features.py";
    assert.deepEqual(files, { "diabetes.yaml": MODEL.content, [key]: "def build(): ...\n" });
    const volumes = at(job(given), "spec.template.spec.volumes") as { name: string }[];
    const volume = volumes.find(({ name }) => name === "models");
    assert.deepEqual(at(volume, "configMap.items"), [
      { key: "diabetes.yaml", path: "diabetes.yaml" },
      { key, path: "features.py" },
    ]);

    const other = { ...pipeline, content: Buffer.from("def build(): return 1\n") };
    const changed = await evaluate({ model: { ...MODEL, pipeline: other } });
    assert.notEqual(changed.outputs["job"], given.outputs["job"]);
  });

  it("is given a CSV file in another encoding than UTF-8 byte by byte", async () => {
    const data = { path: "a.csv", content: Buffer.from("Zürich", "latin1") };
    const withData = await evaluate({ model: { ...MODEL, data } });
    const map = withData.object("ConfigMap", "diabetes-model-training");
    const binary = at(map, "binaryData") as Record<string, string>;
    assert.deepEqual(binary, { "data-a.csv": data.content.toString("base64") });
  });

  it("has the same name while image and YAML are the same", async () => {
    assert.match(described.outputs["job"] as string, /^diabetes-model-training-[0-9a-f]{8}$/);
    assert.equal((await evaluate()).outputs["job"], described.outputs["job"]);
  });

  it("is a new Job when the YAML changed", async () => {
    const changed = await evaluate({
      model: { ...MODEL, content: `${MODEL.content}title: New\n` },
    });
    assert.notEqual(changed.outputs["job"], described.outputs["job"]);
  });

  it("is a new Job when the image changed", async () => {
    assert.notEqual((await evaluate({}, "training-next")).outputs["job"], described.outputs["job"]);
  });

  it("is lent the program of the prediction API, which tries each version before it is promoted", async () => {
    const proven = await evaluate({ serving: testImage("serving") });
    const pod = at(job(proven), "spec.template.spec");
    assert.deepEqual(at(pod, "containers.0.args"), [
      "train",
      "--prove-unchanged",
      "/app/models/diabetes.yaml",
    ]);
    assert.equal(at(pod, "initContainers.0.image"), "slipway.local/serving:1a2b3c4");
    assert.deepEqual(at(pod, "initContainers.0.volumeMounts.1"), {
      name: "serving",
      mountPath: "/serving",
    });
    const variables = at(pod, "containers.0.env") as { name: string; value?: string }[];
    const check = variables.find(({ name }) => name === "SLIPWAY_SERVING_CHECK");
    assert.equal(check?.value, "/serving/node /serving/app/dist/check.js");
    const mounts = at(pod, "containers.0.volumeMounts") as object[];
    assert.deepEqual(mounts.at(-1), { name: "serving", mountPath: "/serving", readOnly: true });
  });

  it("is a new Job when the image of the prediction API changed", async () => {
    const proven = await evaluate({ serving: testImage("serving") });
    const next = await evaluate({ serving: testImage("serving-next") });
    assert.notEqual(next.outputs["job"], proven.outputs["job"]);
    const lent = at(job(next), "spec.template.spec.initContainers.0.env");
    assert.deepEqual(lent, [{ name: "SERVING", value: "slipway.local/serving-next:1a2b3c4" }]);
  });

  it("keeps its name when only its resources or its schedule changed", async () => {
    const changed = await evaluate({
      resources: { ...RESOURCES, cpu: "2" },
      schedule: "0 3 * * 1",
    });
    assert.equal(changed.outputs["job"], described.outputs["job"]);
  });

  it("knows its commit and its own account of MLflow", () => {
    assert.deepEqual(environment(job(described)), {
      MLFLOW_TRACKING_URI: "http://mlflow.slipway-test:5000",
      MLFLOW_TRACKING_USERNAME: "training",
      MLFLOW_TRACKING_PASSWORD_FILE: "/run/secrets/mlflow/password",
      GIT_SHA: "1a2b3c4".padEnd(40, "0"),
    });
  });

  it("tries again after a crash, and does not count a drained node as one", () => {
    assert.equal(at(job(described), "spec.backoffLimit"), 2);
    const [rule, ...others] = at(job(described), "spec.podFailurePolicy.rules") as object[];
    assert.equal(at(rule, "action"), "Ignore");
    // Pulumi would wait for a Job that `FailJob` ended until its timeout.
    assert.deepEqual(others, []);
  });

  it("ends after its deadline, and is waited for a little longer", async () => {
    const short = await evaluate({ deadlineMinutes: 5 });
    assert.equal(at(job(short), "spec.activeDeadlineSeconds"), 300);
    assert.deepEqual(short.resource(":Job", "diabetes-model-training").options.customTimeouts, {
      create: "10m",
    });
  });

  it("tells why it failed, and is run again by the next up", () => {
    assert.equal(
      at(job(described), "spec.template.spec.containers.0.terminationMessagePolicy"),
      "FallbackToLogsOnError",
    );
    assert.deepEqual(at(job(described).metadata, "annotations"), {
      "pulumi.com/replaceUnready": "true",
    });
    assert.equal(at(job(described), "spec.ttlSecondsAfterFinished"), undefined);
  });

  it("runs on a schedule only where one is given", async () => {
    assert.deepEqual(described.kind("CronJob"), []);
    const scheduled = (await evaluate({ schedule: "0 3 * * 1" })).object(
      "CronJob",
      "diabetes-model-training",
    );
    assert.equal(at(scheduled, "spec.schedule"), "0 3 * * 1");
    assert.equal(at(scheduled, "spec.concurrencyPolicy"), "Forbid");
    assert.deepEqual(at(scheduled, "spec.jobTemplate.spec"), job(described)["spec"]);
  });

  it("reaches MLflow and nothing else, where it is given its data", () => {
    const policy = described.object("NetworkPolicy", "diabetes-model-training");
    assert.deepEqual(at(policy, "spec.ingress"), []);
    assert.deepEqual(egress(described).map(port), [5000]);
  });

  const sources: [source: string, port: number, to: object, addresses?: string[]][] = [
    ["https://example.com/a.csv", 443, PUBLIC],
    ["http://example.com:8080/a.csv", 8080, PUBLIC],
    ["s3://team/a.csv", 443, PUBLIC],
    ["https://10.0.0.5/a.csv", 443, { ipBlock: { cidr: "10.0.0.5/32" } }],
    ["http://files.data.svc/a.csv", 80, named("data")],
    [
      "https://files.example.com/a.csv",
      443,
      { ipBlock: { cidr: "10.20.0.0/16" } },
      ["10.20.0.0/16"],
    ],
  ];
  for (const [source, number, to, addresses] of sources) {
    it(`reaches the host of ${source}${addresses ? " where it leads" : ""}, and no other`, async () => {
      const content = `${MODEL.content}data: { source: "${source}" }\n`;
      const found = egress(await evaluate({ model: { ...MODEL, content }, addresses }));
      assert.deepEqual(found.map(port), [5000, number]);
      assert.deepEqual(at(found[1], "to.0"), to);
    });
  }

  it("refuses addresses that are none", async () => {
    const content = `${MODEL.content}data: { source: "https://example.com/a.csv" }\n`;
    await assert.rejects(evaluate({ model: { ...MODEL, content }, addresses: ["10.0.0.5"] }), {
      message: /^'addresses' \(10\.0\.0\.5\) is no block of addresses, such as/,
    });
  });
});
