import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Mlflow } from "../../components/mlflow.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { type Described, at, components, environment, testImage } from "../support/evaluation.ts";
import { RESOURCES, testPlatform } from "../support/platform.ts";

describe("Mlflow", () => {
  let described: Described;
  let env: Record<string, string>;
  before(async () => {
    described = await components(() => {
      const { mlflow } = testPlatform();
      const { url, admin, training, serving } = mlflow;
      return { url, accounts: [admin, training, serving].map(({ secret }) => secret) };
    });
    env = environment(described.object("Deployment", "mlflow"));
  });

  /** Names of the files in the volume `users`, which are accounts. */
  const users = (): string[] => {
    const volumes = at(described.object("Deployment", "mlflow"), "spec.template.spec.volumes");
    const sources = at(
      (volumes as { name: string }[]).find(({ name }) => name === "users"),
      "projected.sources",
    ) as { secret: { items: { path: string }[] } }[];
    return sources.flatMap(({ secret }) => secret.items.map(({ path }) => path));
  };

  it("upgrades the schema and the accounts before it serves", () => {
    const spec = at(described.object("Deployment", "mlflow"), "spec.template.spec");
    assert.deepEqual(at(spec, "initContainers.0.command"), ["mlflow-upgrade"]);
    assert.deepEqual(at(spec, "initContainers.0.env"), at(spec, "containers.0.env"));
  });

  it("never runs beside an older version of itself", () => {
    assert.deepEqual(at(described.object("Deployment", "mlflow"), "spec.strategy"), {
      type: "Recreate",
    });
  });

  it("connects with the driver that it ships, and as its own user", () => {
    assert.equal(env["MLFLOW_BACKEND_STORE_URI"], "postgresql+psycopg://");
    assert.equal(env["PGHOST"], "postgres");
    assert.equal(env["PGUSER"], "mlflow");
  });

  it("serves artifacts from the store, which no client reaches", () => {
    assert.deepEqual(
      at(described.object("Deployment", "mlflow"), "spec.template.spec.containers.0.args"),
      ["--serve-artifacts", "--artifacts-destination", "s3://mlflow/artifacts"],
    );
  });

  it("allows every name of its Service with and without port, and no wildcard", () => {
    const hosts = (env["MLFLOW_SERVER_ALLOWED_HOSTS"] ?? "").split(",");
    for (const host of [
      "mlflow",
      "mlflow.slipway-test",
      "mlflow.slipway-test.svc",
      "mlflow.slipway-test.svc.cluster.local",
    ]) {
      assert.ok(hosts.includes(host) && hosts.includes(`${host}:5000`), host);
    }
    assert.ok(!hosts.some((host) => host.includes("*")));
  });

  it("allows the hosts under which people reach it", async () => {
    const found = await components(() => {
      const { namespace, database, objectStore } = testPlatform();
      const args = {
        namespace,
        database,
        objectStore,
        resources: RESOURCES,
        image: testImage("mlflow"),
      };
      new Mlflow("other", { ...args, hosts: ["mlflow.example.com"] });
      return {};
    });
    const hosts =
      environment(found.object("Deployment", "other"))["MLFLOW_SERVER_ALLOWED_HOSTS"] ?? "";
    assert.ok(hosts.split(",").includes("mlflow.example.com"));
  });

  it("runs no jobs", () => {
    assert.equal(env["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"], "false");
  });

  it("reads every secret from a file", () => {
    assert.doesNotMatch(JSON.stringify(described.object("Deployment", "mlflow")), /secretKeyRef/);
    for (const name of [
      "PGPASSWORD_FILE",
      "AWS_SECRET_ACCESS_KEY_FILE",
      "MLFLOW_AUTH_ADMIN_PASSWORD_FILE",
      "MLFLOW_FLASK_SERVER_SECRET_KEY_FILE",
    ]) {
      assert.match(env[name] ?? "", /^\/run\/secrets\//, name);
    }
  });

  it("gives people, training and serving an account each", () => {
    assert.deepEqual(described.outputs["accounts"], [
      "mlflow-admin",
      "mlflow-training",
      "mlflow-serving",
    ]);
    assert.deepEqual(users(), ["training", "serving"]);
  });

  it("has in its image a list of routes for each account that is no person's", () => {
    const file = join(ROOT, "images/mlflow/bin/slipway_access.py");
    const [, listed = ""] = /^ROUTES = \{(.+)\}$/m.exec(readFileSync(file, "utf8")) ?? [];
    const names = [...listed.matchAll(/"(\w+)":/g)].map(([, name]) => name);
    assert.deepEqual(names.sort(), users().sort());
  });

  it("waits for its database and its store", () => {
    const { options } = described.resource(":Deployment", "mlflow");
    assert.equal((options.dependsOn as unknown[]).length, 2);
  });

  it("outputs its address in the cluster", () => {
    assert.equal(described.outputs["url"], "http://mlflow.slipway-test:5000");
  });

  it("nests everything below itself", () => {
    const own = described.resources.filter(
      ({ name, type }) => name.startsWith("mlflow") && type !== "slipway:platform:Image",
    );
    for (const { type, parents } of own) {
      if (type !== "slipway:tracking:Mlflow")
        assert.equal(parents[0], "slipway:tracking:Mlflow", type);
    }
  });
});
