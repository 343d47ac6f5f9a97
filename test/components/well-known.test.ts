import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { validateConfig } from "../../components/config/validate.ts";
import { modelName, modelsIn, readModel } from "../../components/lib/model-file.ts";
import { PredictionApi } from "../../components/prediction-api.ts";
import { TrainingJob } from "../../components/training-job.ts";
import {
  ALL_NODE_PORTS,
  MODEL_NAME,
  MODEL_NAME_LENGTH,
  PORTS,
  apiName,
  trainingName,
} from "../../components/well-known.ts";
import { MODELS, REGISTRY } from "../support/config.ts";
import {
  type Described,
  components,
  stack,
  testImage,
  testNamespace,
} from "../support/evaluation.ts";
import { RESOURCES, testPlatform } from "../support/platform.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Characters of a name, where they are fewer than the 253 of a DNS subdomain. */
const MOST: Partial<Record<string, number>> = { CronJob: 52, Job: 63, Service: 63 };
const LONGEST = "m".repeat(MODEL_NAME_LENGTH);
const text = (...path: string[]) => readFileSync(join(ROOT, ...path), "utf8");

describe("the name of a model", () => {
  it("has one rule in training, on this machine and on a cluster", () => {
    const [, pattern] =
      /^Name = .*pattern=r"(.*?)"/m.exec(text("training/src/training/settings.py")) ?? [];
    assert.equal(pattern, MODEL_NAME.source);
  });

  it("may have 43 characters: with `-training` a CronJob's 52 are full", () => {
    assert.equal(MODEL_NAME_LENGTH, 43);
    assert.equal(modelName(`name: ${LONGEST}\n`, "a.yaml"), LONGEST);
    assert.throws(() => modelName(`name: ${LONGEST}m\n`, "a.yaml"), {
      message: `a.yaml: 'name' (${LONGEST}m): use 1 to 43 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen, e.g. my-model`,
    });
  });

  for (const name of ["", "A", "1a", "-a", "a-", "a_b", "a.b", "ä", "[a]", "12"]) {
    it(`is refused as '${name}'`, () => {
      assert.throws(() => modelName(`name: ${name}\n`, "a.yaml"), /^Error: a\.yaml: 'name' /);
    });
  }

  it("is missing where the YAML is none of keys", () => {
    assert.throws(() => modelName("- name", "a.yaml"), /a\.yaml: 'name' is missing/);
    assert.throws(() => modelName("", "a.yaml"), /a\.yaml: 'name' is missing/);
    assert.throws(() => modelName("name: [", "a.yaml"), /a\.yaml: not valid YAML: /);
  });

  it("leaves room for every name and label that is made of it, at its longest", async () => {
    const described = await longest();
    for (const object of described.objects) {
      const { kind, metadata } = object;
      const most = MOST[kind] ?? 253;
      assert.ok(metadata.name.length <= most, `${kind} ${metadata.name}`);
      for (const [key, value] of allLabels(object)) {
        assert.ok(key.replace(/^.*\//, "").length <= 63, `${kind}: ${key}`);
        assert.ok(value.length <= 63, `${kind}: ${key}: ${value}`);
      }
    }
    const names = described.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.ok(names.includes(`CronJob/${trainingName(LONGEST)}`), names.join());
    assert.ok(names.includes(`Service/${apiName(LONGEST)}`), names.join());
  });

  it("is held to the rule when a stack names the model", () => {
    const root = mkdtempSync(join(tmpdir(), "slipway-name-"));
    try {
      mkdirSync(join(root, "training/models"), { recursive: true });
      writeFileSync(join(root, "training/models/diabetes.yaml"), `name: ${LONGEST}m\n`);
      const { problems } = validateConfig({ registry: REGISTRY, models: MODELS }, "dev", {
        models: modelsIn(root),
      });
      assert.equal(problems.length, 1);
      assert.match(problems[0].message, /'name' \(m+\): use 1 to 43 /);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("a well-known port", () => {
  it("is the one that the image listens on", () => {
    assert.match(text("serving/src/config.ts"), new RegExp(`default: ${PORTS.api}, `));
    assert.match(
      text("serving/Dockerfile"),
      new RegExp(`PORT=${PORTS.api}\\b[^]*EXPOSE ${PORTS.api}\\b`),
    );
    assert.match(text("ui/src/settings.ts"), new RegExp(`default: ${PORTS.ui} `));
    assert.match(text("images/mlflow/Dockerfile"), new RegExp(`EXPOSE ${PORTS.mlflow}\\b`));
    const seaweedfs = text("images/seaweedfs/bin/seaweedfs-server");
    assert.match(seaweedfs, new RegExp(`-s3\\.port=${PORTS.seaweedfs} `));
    assert.match(seaweedfs, new RegExp(`-metricsPort=${PORTS.seaweedfsMetrics} `));
    assert.match(
      text("images/minio/bin/minio-server"),
      new RegExp(`--address :${PORTS.objectStore} `),
    );
    assert.match(
      text("components/files/object-store.sh"),
      new RegExp(`STORE_HOST:${PORTS.objectStore}"`),
    );
  });

  it("is given to one node port only, within what Kubernetes gives out", () => {
    assert.equal(new Set(ALL_NODE_PORTS).size, ALL_NODE_PORTS.length);
    for (const port of ALL_NODE_PORTS) assert.ok(port >= 30000 && port <= 32767, String(port));
  });

  it("of a node leads to the model that states it, MLflow and the page", async () => {
    const described = await stack("dev", { endpoint: { kind: "nodePort" } });
    const ports = described.kind("Service").flatMap(({ metadata, spec }) => {
      const opened = (spec as { ports: { nodePort?: number }[] }).ports;
      return opened.flatMap(({ nodePort }) =>
        nodePort === undefined
          ? []
          : [`${metadata.name} ${metadata.labels?.["app.kubernetes.io/name"] ?? ""}`],
      );
    });
    assert.deepEqual(ports.sort(), [
      "node-port-30500 mlflow",
      "node-port-30800 diabetes-model-api",
      "node-port-30801 iris-model-api",
      "node-port-30802 titanic-model-api",
      "node-port-30851 ui",
    ]);
  });
});

/** Everything that is made for a model of the longest name. */
function longest(): Promise<Described> {
  return components(() => {
    const namespace = testNamespace();
    const { mlflow } = testPlatform(namespace);
    const common = { namespace, mlflow, resources: RESOURCES };
    const api = { ...common, image: testImage("serving"), model: LONGEST };
    new PredictionApi(apiName(LONGEST), api);
    const model = { ...readModel(modelsIn(ROOT), "iris.yaml"), name: LONGEST };
    const training = { ...common, image: testImage("training"), model, schedule: "0 3 * * 1" };
    new TrainingJob(trainingName(LONGEST), training);
    return {};
  });
}

/** Labels and selectors of an object and of the pods that it makes. */
function allLabels(value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const labels = ["labels", "matchLabels", "selector"].includes(key) ? strings(inner) : [];
    return [...labels, ...allLabels(inner)];
  });
}

function strings(value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
}
