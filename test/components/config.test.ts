import assert from "node:assert/strict";
import { rawStack } from "../../tools/lib/stack/stack-file.ts";
import { validateConfig } from "../../components/config/validate.ts";
import { modelsIn } from "../../components/lib/model-file.ts";
import { MODELS, REGISTRY, problems } from "../support/config.ts";
import { stack } from "../support/evaluation.ts";

const SOUND = { registry: REGISTRY, models: MODELS };

describe("the configuration", () => {
  it("needs no more than a registry and a model", () => {
    assert.deepEqual(problems({}), []);
  });

  it("fills in the defaults", () => {
    const { config } = validateConfig({ registry: REGISTRY, models: MODELS }, "dev");
    assert.ok(config);
    assert.deepEqual(config.models[0], {
      file: "diabetes.yaml",
      batch: [],
      replicas: { min: 2, max: 10, cpuPercent: 50 },
      resources: { cpu: "100m", memory: "192Mi", memoryLimit: "512Mi" },
      training: {
        retries: 2,
        deadlineMinutes: 30,
        resources: { cpu: "250m", memory: "512Mi", memoryLimit: "2Gi" },
      },
    });
    assert.deepEqual(config.endpoint, { kind: "none", docs: false });
    assert.deepEqual(config.monitoring, {
      kind: "bundled",
      grafana: true,
      retentionDays: 15,
      size: "5Gi",
      namespace: "monitoring",
    });
    assert.equal(config.database.kind, "bundled");
    assert.equal(config.delivery, "pulumi");
    assert.equal(config.protect, false);
  });

  it("takes a number where a quantity is due", () => {
    assert.deepEqual(problems({ quota: { cpu: 4, memory: "8Gi" } }), []);
  });

  it("reads a text as Pulumi's engine hands it over, whoever asks", () => {
    assert.equal(validateConfig({ ...SOUND, protect: "true" }, "dev").config?.protect, true);
    assert.equal(
      validateConfig({ ...SOUND, namespace: "team-a" }, "dev").config?.namespace,
      "team-a",
    );
    const structured = { ...SOUND, models: JSON.stringify(MODELS) };
    assert.equal(validateConfig(structured, "dev").config?.models.length, 1);
  });

  it("gives no configuration while there is a problem", () => {
    const { config, problems } = validateConfig({ ...SOUND, colour: "blue" }, "dev");
    assert.deepEqual([config, problems.map(({ path }) => path)], [undefined, ["colour"]]);
  });

  it("finds the models of the repository that it is told of", () => {
    const { problems } = validateConfig(SOUND, "dev", { models: modelsIn("/nowhere") });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["models.0.file"],
    );
  });

  it("takes a namespace that exists, in prod too, where the volumes are protected still", () => {
    assert.deepEqual(problems({ namespace: "team-a" }), []);
    assert.deepEqual(problems({ namespace: "team-a", protect: true }, "prod"), []);
    const argocd = { repository: "https://git.example.com/a.git", install: false };
    assert.deepEqual(problems({ namespace: "team-a", delivery: "argocd", argocd }), []);
  });

  it("reports every problem at once, by key", () => {
    const found = problems({
      registry: undefined,
      models: [{ file: "diabetes.yaml", replicas: { min: 9, max: 6 } }, { file: "missing.yaml" }],
      endpoint: { kind: "ingress" },
      colour: "blue",
    });
    assert.deepEqual(
      found.map((line) => line.split(":")[0]),
      ["models.0.replicas.min", "colour", "registry", "models.1.file", "endpoint.host"],
    );
  });

  it("never repeats a text, which may be a password in the wrong place", () => {
    assert.doesNotMatch(
      problems({ monitoring: "hunter2", protect: "hunter2" }).join("\n"),
      /hunter2/,
    );
  });

  it("asks each of several models for its node port, which one alone need not state", () => {
    const kind = { endpoint: { kind: "nodePort" } };
    const two = [{ file: "diabetes.yaml" }, { file: "iris.yaml", nodePort: 30801 }];
    assert.deepEqual(problems({ models: two, ...kind }), [
      "models.0.nodePort: is missing: each of several models states its port, so that it keeps it when another is added, removed or moved, e.g. nodePort: 30800",
    ]);
    assert.deepEqual(problems({ models: [{ file: "iris.yaml" }], ...kind }), []);
    assert.deepEqual(problems({ models: two }), []);
  });

  it("refuses a node port that another has, or that a local cluster does not open", () => {
    const ports = (...given: number[]) =>
      problems({
        cluster: "local",
        endpoint: { kind: "nodePort" },
        models: ["diabetes", "iris", "titanic"].map((name, index) => ({
          file: `${name}.yaml`,
          nodePort: given[index],
        })),
      }).map((line) => line.replace(/ is (taken|not open).*/, " is $1"));
    assert.deepEqual(ports(30801, 30801, 30851), [
      "models.1.nodePort: (30801) is taken",
      "models.2.nodePort: (30851) is taken",
    ]);
    assert.deepEqual(ports(30802, 30800, 30900), ["models.2.nodePort: (30900) is not open"]);
    assert.match(
      String(ports(30802, 30800, 80)),
      /models\.2\.nodePort: must be at least 30000 \(80\)/,
    );
  });

  it("stops the program with all of its problems", async () => {
    await assert.rejects(stack("dev", { colour: "blue", registry: undefined }), {
      message:
        /Pulumi\.dev\.yaml has 2 problem\(s\).*\n {2}slipway:colour: .*\n {2}slipway:registry: /,
    });
  });

  it("is sound in every stack file, with secrets only in encrypted form", () => {
    for (const name of ["dev", "staging", "prod", "sandbox", "pr"]) {
      assert.deepEqual(validateConfig(rawStack(name), name).problems, [], name);
    }
  });

  it("names the stack whose file is missing", () => {
    assert.throws(() => rawStack("nowhere"), /Pulumi\.nowhere\.yaml cannot be read: add the file/);
  });
});
