import assert from "node:assert/strict";
import { at, stack } from "./support/evaluation.ts";
import { podsOf } from "./support/references.ts";

describe("the program of every stack", () => {
  it("protects and retains what holds data in prod, and nothing in dev", async () => {
    const kept = async (name: string) => {
      const { resources } = await stack(name);
      const found = resources.filter(({ options }) => options.protect && options.retainOnDelete);
      return [...new Set(found.map(({ type }) => type.split(":").at(-1)))].sort();
    };
    assert.deepEqual(await kept("prod"), ["Namespace", "PersistentVolumeClaim", "RandomPassword"]);
    assert.deepEqual(await kept("dev"), []);
  });

  it("takes the protection off what the stack file lets go by name, and off nothing else", async () => {
    const { resources } = await stack("prod", { allowDataLoss: ["postgres-data"] });
    const holders = resources.filter(({ type }) =>
      /:(PersistentVolumeClaim|RandomPassword)$/.test(type),
    );
    const loose = holders.filter(({ options }) => !options.protect && !options.retainOnDelete);
    const names = loose.map(({ name }) => name).sort();
    // Beside the passwords behind these data: those behind no data at all.
    const others = ["grafana-admin", "mlflow-session", "slipway-prod-hash-key"];
    assert.deepEqual(
      names,
      [
        ...others,
        ...["postgres", "postgres-admin", "postgres-mlflow", "postgres-monitor", "postgres-tls"],
      ].sort(),
    );
  });

  it("starts other pods where they read another password, and nowhere else", async () => {
    const database = { kind: "external", host: "db.example.com", addresses: ["10.20.0.0/16"] };
    const store = {
      kind: "external",
      endpoint: "https://s3.example.com",
      addresses: ["public"],
      bucket: "models",
    };
    const templates = async (password: string, secretKey: string) => {
      const { objects } = await stack("dev", {
        registry: { ...REGISTRY, username: "robot", password },
        database: { ...database, password },
        objectStore: { ...store, accessKey: "ours", secretKey },
      });
      return objects.flatMap(({ kind, metadata, spec }) => {
        const { template } = (spec ?? {}) as { template?: object };
        return template ? [[`${kind} ${metadata.name}`, JSON.stringify(template)] as const] : [];
      });
    };
    const before = new Map<string, string>(await templates("first", "one"));
    const restarted = (after: (readonly [string, string])[]) =>
      after.filter(([name, text]) => before.get(name) !== text).map(([name]) => name);
    const clients = ["Deployment mlflow", "Deployment postgres-exporter"];
    assert.deepEqual(restarted(await templates("second", "one")).sort(), clients);
    assert.deepEqual(restarted(await templates("first", "two")), ["Deployment mlflow"]);
    assert.ok(![...before.values()].some((text) => text.includes("first")));
  });

  it("gives each server a checksum of every Secret that it reads at its start", async () => {
    const { objects } = await stack("dev");
    const read = objects.flatMap(({ kind, metadata, spec }) => {
      const { template } = (spec ?? {}) as { template?: { metadata?: { annotations?: object } } };
      const keys = Object.keys(template?.metadata?.annotations ?? {});
      return keys.length === 0 || kind === "Job" ? [] : [[metadata.name, keys.sort()]];
    });
    const secrets = (...names: string[]) => names.map((name) => `checksum/${name}`);
    const mlflow = ["admin", "serving", "training"].map((name) => `mlflow-${name}`);
    assert.deepEqual(Object.fromEntries(read), {
      postgres: secrets(
        ...["files", "postgres-admin", "postgres-mlflow", "postgres-monitor", "postgres-tls"],
      ),
      "postgres-exporter": secrets("postgres-monitor"),
      "object-store-seaweedfs": secrets("object-store-mlflow"),
      mlflow: secrets(...mlflow, "object-store-mlflow", "postgres-mlflow"),
      prometheus: secrets("files"),
      grafana: secrets("files", "grafana-admin"),
      ui: secrets("mlflow-serving"),
      ...Object.fromEntries(
        ["diabetes", "iris", "titanic"].map((model) => [
          `${model}-model-api`,
          secrets("mlflow-serving", "model-signing-public"),
        ]),
      ),
    });
  });

  it("removes an object with a fixed name before it makes its replacement", async () => {
    const { resources } = await stack("dev");
    const fixed = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.deepEqual(
      fixed.filter(({ options }) => options.deleteBeforeReplace !== true).map(({ name }) => name),
      [],
    );
  });

  it("marks every value of a Secret as secret", async () => {
    const { resources } = await stack("prod", {
      registry: { ...REGISTRY, username: "robot", password: CANARY },
    });
    for (const { type, name, inputs } of resources) {
      if (!type.endsWith(":Secret")) continue;
      assert.equal(isSecret(inputs["stringData"]), true, name);
    }
  });

  it("lets no secret reach anything but Secrets and the resources that need it", async () => {
    const { resources, outputs } = await stack("prod", {
      registry: { ...REGISTRY, username: "robot", password: CANARY },
      database: {
        kind: "external",
        host: "db.example.com",
        addresses: ["10.20.0.0/16"],
        password: CANARY,
      },
      objectStore: {
        kind: "external",
        endpoint: "https://s3.example.com",
        addresses: ["public"],
        bucket: "artifacts",
        accessKey: "a",
        secretKey: CANARY,
      },
    });
    const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(CANARY));
    const types = new Set(holders.map(({ type }) => type));
    assert.deepEqual([...types].sort(), [
      "docker:index/image:Image",
      "docker:index/registryImage:RegistryImage",
      "kubernetes:core/v1:Secret",
    ]);
    for (const { inputs, name } of holders)
      assert.doesNotMatch(JSON.stringify(withoutSecrets(inputs)), /canary/, name);
    assert.doesNotMatch(JSON.stringify(outputs), /canary/);
  });

  it("leaves fixed user ids out on OpenShift", async () => {
    const described = await stack("prod", { platform: "openshift" });
    for (const { owner, spec } of podsOf(described.objects)) {
      const { runAsUser, fsGroup, runAsNonRoot } = spec.securityContext ?? {};
      assert.deepEqual([runAsUser, fsGroup, runAsNonRoot], [undefined, undefined, true], owner);
    }
  });

  it("hands the serving objects to Argo CD, and then describes none of them itself", async () => {
    const described = await stack("staging", {
      delivery: "argocd",
      argocd: { repository: "https://git.example.com/team/slipway.git" },
    });
    assert.deepEqual(
      described
        .kind("Deployment")
        .map(({ metadata }) => metadata.name)
        .sort(),
      ["grafana", "mlflow", "postgres-exporter", "pushgateway"],
    );
    assert.equal(
      at(described.object("Application", "slipway-staging"), "spec.source.targetRevision"),
      "gitops/staging",
    );
    assert.equal(described.outputs["application"], "slipway-staging");
  });

  it("grows by the same objects with every model", async () => {
    const count = async (models: string[]) =>
      (
        await stack("dev", {
          models: models.map((file, index) => ({
            file,
            nodePort: 30800 + index,
            replicas: { min: 1, max: 2 },
          })),
        })
      ).objects.length;
    const [one, two, three] = [
      await count(["diabetes.yaml"]),
      await count(["diabetes.yaml", "iris.yaml"]),
      await count(["diabetes.yaml", "iris.yaml", "titanic.yaml"]),
    ];
    assert.equal(three - two, two - one);
  });

  it("makes nothing wait where no pods run, and asks nobody for a prediction", async () => {
    const { objects, resources } = await stack("sandbox", { wait: false });
    const waiting = objects.filter(
      ({ metadata }) => at(metadata, "annotations.pulumi.com/skipAwait") === undefined,
    );
    assert.deepEqual(
      waiting.filter((object) => !JSON.stringify(object.metadata).includes("pulumi.com/skipAwait")),
      [],
    );
    assert.deepEqual(
      resources.filter(({ type }) => type.startsWith("command:")),
      [],
    );
  });

  it("asks every API for a prediction after its training", async () => {
    const { resources } = await stack("sandbox");
    const checks = resources.filter(({ type }) => type === "command:local:Command");
    assert.deepEqual(checks.map(({ name }) => name).sort(), [
      "diabetes-model",
      "iris-model",
      "titanic-model",
    ]);
  });
});

const CANARY = "canary-7f3a";

const REGISTRY = { host: "registry.example.com", prefix: "my-team/slipway" };

const MARK = "4dabf18193072939515e22adb298388d";

function isSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return MARK in value || Object.values(value).some(isSecret);
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  if (MARK in value) return "[secret]";
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]),
  );
}
