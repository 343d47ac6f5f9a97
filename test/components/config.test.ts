import assert from "node:assert/strict";
import { schema } from "../../components/config.ts";
import { configProblems } from "../../components/lib/config-problems.ts";
import { rawStack } from "../../tools/lib/stack/stack-file.ts";
import { MODELS, REGISTRY, problems } from "../support/config.ts";
import { stack } from "../support/evaluation.ts";

describe("the configuration", () => {
  it("needs no more than a registry and a model", () => {
    assert.deepEqual(problems({}), []);
  });

  it("fills in the defaults", () => {
    const { config } = configProblems(schema, { registry: REGISTRY, models: MODELS }, "dev");
    assert.deepEqual(config.models?.[0], {
      file: "diabetes.yaml",
      replicas: { min: 2, max: 10, cpuPercent: 50 },
      resources: { cpu: "100m", memory: "192Mi", memoryLimit: "512Mi" },
      training: {
        retries: 2,
        deadlineMinutes: 30,
        resources: { cpu: "250m", memory: "512Mi", memoryLimit: "2Gi" },
      },
    });
    assert.deepEqual(config.endpoint, { kind: "none" });
    assert.deepEqual(config.monitoring, {
      kind: "bundled",
      grafana: true,
      retentionDays: 15,
      size: "5Gi",
      namespace: "monitoring",
    });
    assert.equal(config.database?.kind, "bundled");
    assert.equal(config.delivery, "pulumi");
    assert.equal(config.protect, false);
  });

  it("takes a number where a quantity is due", () => {
    assert.deepEqual(problems({ quota: { cpu: 4, memory: "8Gi" } }), []);
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
      ["colour", "registry", "models.0.replicas.min", "models.1.file", "endpoint.host"],
    );
  });

  it("never repeats a text, which may be a password in the wrong place", () => {
    assert.doesNotMatch(
      problems({ monitoring: "hunter2", protect: "hunter2" }).join("\n"),
      /hunter2/,
    );
  });

  it("refuses more models than node ports", () => {
    const models = Array.from({ length: 52 }, () => ({ file: "diabetes.yaml" }));
    assert.ok(
      problems({ models, endpoint: { kind: "nodePort" } }).some((line) =>
        line.startsWith("endpoint.kind: nodePort has ports for 51"),
      ),
    );
  });

  it("stops the program with all of its problems", async () => {
    await assert.rejects(stack("dev", { colour: "blue", registry: undefined }), {
      message:
        /Pulumi\.dev\.yaml has 2 problem\(s\).*\n {2}slipway:colour: .*\n {2}slipway:registry: /,
    });
  });

  it("is sound in every stack file, with secrets only in encrypted form", () => {
    for (const name of ["dev", "staging", "prod", "sandbox"]) {
      assert.deepEqual(configProblems(schema, rawStack(name), name).problems, [], name);
    }
  });

  it("names the stack whose file is missing", () => {
    assert.throws(() => rawStack("nowhere"), /Pulumi\.nowhere\.yaml cannot be read: add the file/);
  });
});
