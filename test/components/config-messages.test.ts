import assert from "node:assert/strict";
import { describeProblems, validateConfig } from "../../components/config/validate.ts";
import { MODELS, REGISTRY, oneModel, problems, refused } from "../support/config.ts";
import { stack } from "../support/evaluation.ts";

const SOUND = { registry: REGISTRY, models: MODELS };
const sound = (overrides: Record<string, unknown>) => {
  const { config, problems: found } = validateConfig({ ...SOUND, ...overrides }, "dev");
  assert.ok(config, JSON.stringify(found));
  return config;
};

describe("a value as `pulumi config set` writes it", () => {
  it("may be a number where a name is due, which it is with --path", () => {
    const registry = { ...REGISTRY, username: 4711, password: "p" };
    assert.equal(sound({ registry }).registry?.username, "4711");
    assert.equal(sound({ registry: JSON.stringify(registry) }).registry?.username, "4711");
    assert.equal(sound({ build: { args: { CACHE: 1 } } }).build.args["CACHE"], "1");
  });

  it("is no number that may have lost digits, nor a truth value", () => {
    for (const username of [1.5, 2 ** 53, true]) {
      refused(
        { registry: { ...REGISTRY, username, password: "p" } },
        /^registry\.username: must be a text: put it in quotes, or .*--path --type string' \(\w+/,
      );
    }
  });

  it("may be a text where a number or truth value is due, at the top and below it", () => {
    assert.equal(sound({ protect: "true", wait: "false" }).protect, true);
    assert.equal(sound({ wait: "false" }).wait, false);
    const { ui, quota, monitoring, models } = sound({
      ui: { replicas: "5" },
      quota: { pods: "70" },
      monitoring: { grafana: "false", retentionDays: "7" },
      ...oneModel({ replicas: { min: "3" }, resources: { cpu: "1" } }),
    });
    assert.deepEqual([ui.replicas, quota.pods], [5, 70]);
    assert.deepEqual([monitoring.grafana, monitoring.retentionDays], [false, 7]);
    assert.deepEqual([models[0]?.replicas.min, models[0]?.resources.cpu], [3, "1"]);
  });

  it("is no number or truth value where it only looks like one", () => {
    for (const replicas of ["5.5", "five", "0x5", "5 ", ""]) {
      refused({ ui: { replicas } }, /^ui\.replicas: must be a number$/);
    }
    for (const wait of ["yes", "True", "1", ""]) refused({ wait }, /^wait: must be true or false$/);
    refused({ ui: { replicas: "0" } }, /^ui\.replicas: must be at least 1 \(0\)/);
  });

  it("stays the text that it is where a text is due", () => {
    assert.equal(sound({ namespace: "1000" }).namespace, "1000");
    assert.equal(sound({ namespace: "1e3" }).namespace, "1e3");
    assert.equal(sound({ namespace: "true" }).namespace, "true");
    assert.equal(sound({ namespace: 1000 }).namespace, "1000");
  });

  it("has a key with a dot in it for lack of --path", () => {
    refused(
      { "database.size": "5Gi" },
      /^database\.size: is one key with a dot.* 'pulumi config rm "slipway:database\.size"', then 'pulumi config set --path "slipway:database\.size" <value>'$/,
    );
    refused(
      { "models[0].file": "a.yaml" },
      /^models\[0\]\.file: .*--path "slipway:models\[0\]\.file"/,
    );
    refused({ "colour.size": "5Gi" }, /^colour\.size: unknown key; known are /);
    const [found = ""] = problems({ "registry.password": "hunter2" }, "dev", {
      encrypted: ["registry.password"],
    });
    assert.match(found, /--path --secret "slipway:registry\.password" <value>/);
    assert.doesNotMatch(found, /hunter2/);
  });

  it("keeps the default kind when another key beside it is set", () => {
    const { database, objectStore } = sound({
      database: { size: "20Gi" },
      objectStore: { storageClass: "fast" },
    });
    assert.ok(database.kind === "bundled" && objectStore.kind === "bundled");
    assert.deepEqual([database.size, objectStore.storageClass], ["20Gi", "fast"]);
    assert.equal(sound({ database: {} }).database.kind, "bundled");
  });
});

describe("a message about the configuration", () => {
  it("says which kind a key belongs to", () => {
    refused(
      { database: { host: "db.example.com" } },
      /^database\.host: unknown key; 'kind: bundled', the default, has none: .* 'database\.kind' to external$/,
    );
    refused(
      { database: { kind: "cloudnative-pg", password: "p" } },
      /^database\.password: unknown key; 'kind: cloudnative-pg' has none: .* to external$/,
    );
    refused(
      { objectStore: { kind: "bundled", instances: 3 } },
      /^objectStore\.instances: unknown key; docs/,
    );
    refused(
      { database: { kind: "external", host: "a", password: "p", size: "5Gi" } },
      /to bundled or cloudnative-pg$/,
    );
  });

  it("names the choices", () => {
    refused(
      { database: { kind: "mysql" } },
      /^database\.kind: must be bundled, external or cloudnative-pg$/,
    );
    refused({ delivery: "helm" }, /^delivery: must be pulumi or argocd$/);
    refused({ models: "iris" }, /^models: must be a list$/);
    refused({ models: undefined }, /^models: is missing: it is a list$/);
    refused({ ui: 5 }, /^ui: must be keys and values \(5\)$/);
    refused({ auth: { issuer: "https://a.b" } }, /^auth\.audience: is missing: it is a text$/);
    refused({ auth: null }, /^auth: is empty: give it a value, or remove the key$/);
    refused({ auth: { issuer: "https://a.b", audience: "" } }, /^auth\.audience: is empty/);
  });

  it("says nothing of a key that was itself invalid", () => {
    // The registry is there, the namespace is stated, and prod is protected: each is wrong in itself.
    refused({ registry: { ...REGISTRY, username: true } }, /^registry\.username: /);
    refused(
      { registry: "quay.io", build: { promote: true } },
      /^registry: must be keys and values$/,
    );
    refused({ namespace: "A", quota: { cpu: 8 } }, /^namespace: /);
    refused({ protect: "yes" }, /^protect: /, "prod");
    refused({ endpoint: { kind: "ingress", host: "a..b", tls: {} } }, /^endpoint\.host: /);
    refused({ argocd: { repository: "nowhere" }, delivery: "argocd" }, /^argocd\.repository: /);
    refused({ delivery: "helm", argocd: { repository: "https://a.b/c" } }, /^delivery: /);
  });

  it("names every model's problem although another one is wrong in another way", () => {
    const found = problems({
      models: [
        { file: "diabetes.yaml", resources: { cpu: "1Gi" } },
        { file: "iris.yaml", replicas: { min: 9, max: 6 } },
        { file: "none.yaml" },
        { file: "iris.yaml" },
      ],
    });
    assert.deepEqual(
      found.map((line) => line.split(":")[0]),
      [
        ...["models.0.resources.cpu", "models.1.replicas.min"],
        ...["models.2.file", "models.3.file"],
      ],
    );
  });

  it("repeats no value of a key with a secret in it", () => {
    const registry = { ...REGISTRY, host: "hunter2!" };
    assert.match(problems({ registry })[0] ?? "", /hunter2/);
    const options = { encrypted: ["registry"] };
    const [found = ""] = problems({ registry }, "dev", options);
    assert.match(found, /^registry\.host: is not a valid host name/);
    assert.doesNotMatch(found, /hunter2/);
  });

  it("tells a value that may not be encrypted", () => {
    const database = {
      kind: "external",
      host: "{{database.host}}",
      password: "{{database.password}}",
    };
    refused(
      { database },
      /^database\.host: is encrypted, and ends in objects .* without --secret$/,
    );
  });

  it("tells the stack's name from its keys", () => {
    const { problems: found } = validateConfig({ ...SOUND, colour: 1 }, "Team_A");
    assert.match(
      describeProblems("Team_A", found),
      /^Pulumi\.Team_A\.yaml has 2 problem\(s\);.*\n {2}slipway:colour: .*\n {2}stack 'Team_A' names the environment slipway-Team_A/,
    );
  });

  it("stops the program before its first resource", async () => {
    await assert.rejects(stack("dev", { namespace: "Team_A", quota: undefined }), {
      message: /Pulumi\.dev\.yaml has 1 problem\(s\)[^]*slipway:namespace: .*"Team_A"/,
    });
  });
});
