import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { imageRevision } from "../../components/lib/image-sources.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { privateAuthorities } from "../../tools/sandbox/authorities.ts";
import { chooseCluster } from "../../tools/sandbox/choose-cluster.ts";
import { CONFIG_FILE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { longSuite } from "../support/long.ts";
import { underLoad } from "./support/constant-load.ts";
import { ELSEWHERE, startElsewhere, stopElsewhere } from "./support/elsewhere.ts";
import { mlflow, storedRows } from "./support/mlflow.ts";
import { kubectl, needPulumi, readyReplicas } from "./support/sandbox.ts";

const PASSWORD = "elsewhere-password";

longSuite("npm run move -- database, in the cluster under load", function () {
  this.timeout(1_200_000);
  let file: string;

  before(async function () {
    await needPulumi(this);
    file = await readFile(CONFIG_FILE, "utf8");
    await readyReplicas("diabetes-model-api", 3);
    await startServer();
  });
  after(async () => {
    await stopElsewhere();
  });

  it("takes every row to a server elsewhere and back, and loses no request", async () => {
    const [rows, known] = [await storedRows(), await versions()];
    assert.ok(rows.length > 0 && known.length > 0);
    const load = await underLoad(async () => {
      const host = `postgres.${ELSEWHERE}.svc.cluster.local`;
      const external = { kind: "external", host, password: PASSWORD, sslMode: "disable" };
      editStackFile(CONFIG_FILE, { "slipway:database": external });
      await move("database");
      assert.deepEqual(await versions(), known);
      assert.match(await kubectl("get", "pvc", "-o", "name"), /postgres-data/);
      assert.doesNotMatch(await kubectl("get", "statefulsets", "-o", "name"), /postgres/);

      const kept = await readFile(CONFIG_FILE, "utf8");
      const back = { kind: "bundled", size: "5Gi" };
      assert.match(kept, /movedFrom/);
      editStackFile(CONFIG_FILE, { "slipway:database": back });
      await move("database", "--overwrite");
      assert.deepEqual(await versions(), known);
    });
    assert.deepEqual(load.failures, []);
    assert.ok(load.answered > 0);
    const after = await storedRows();
    assert.deepEqual(
      rows.filter((row) => !after.includes(row)),
      [],
    );
    await writeFile(CONFIG_FILE, file);
    await npm("deploy", "--dirty");
  });
});

longSuite("npm run move -- artifacts, in the cluster under load", function () {
  this.timeout(1_800_000);
  let file: string;

  before(async function () {
    await needPulumi(this);
    file = await readFile(CONFIG_FILE, "utf8");
    await readyReplicas("diabetes-model-api", 3);
    // A stack with a registry builds it in the move.
    const { tag } = imageRevision(ROOT, "minio");
    const context = join(ROOT, "images/minio");
    const args = { EXTRA_CA: await privateAuthorities() };
    const cluster = await chooseCluster({});
    await cluster.load([{ reference: `slipway.local/minio:${tag}`, context, args }]);
  });
  after(async () => {
    await writeFile(CONFIG_FILE, file);
  });

  it("takes every object to a MinIO, and from a MinIO to SeaweedFS, and loses no request", async () => {
    const stores = () => kubectl("get", "statefulsets", "-o", "name");
    const load = await underLoad(async () => {
      editStackFile(CONFIG_FILE, {
        "slipway:models": withoutData(file),
        "slipway:objectStore": { kind: "minio", size: "10Gi" },
      });
      await move("artifacts");
      assert.doesNotMatch(await stores(), /seaweedfs/);
      await everyModelLoads();

      // As an earlier Slipway left it: nothing says that it is a MinIO.
      editStackFile(CONFIG_FILE, { "slipway:objectStore": { size: "10Gi" } });
      await assert.rejects(
        npm("deploy", "--dirty", "--leave-data"),
        /object-store-data \(10Gi.* would be deleted.*npm run move -- artifacts.*kind: minio/s,
      );
      await move("artifacts", "--overwrite");
      assert.match(await stores(), /object-store-seaweedfs/);
      assert.doesNotMatch(await stores(), /object-store\n/);
      await everyModelLoads();
    });
    assert.deepEqual(load.failures, []);
    assert.ok(load.answered > 0);
    const claims = await kubectl("get", "pvc", "-o", "name");
    assert.match(claims, /object-store-data/);
    // The old volume goes by its name alone.
    editStackFile(CONFIG_FILE, {
      "slipway:movedFrom": undefined,
      "slipway:allowDataLoss": ["object-store-data"],
    });
    await npm("deploy", "--dirty");
    assert.doesNotMatch(await kubectl("get", "pvc", "-o", "name"), /object-store-data/);
    await writeFile(CONFIG_FILE, file);
    await npm("deploy", "--dirty");
  });
});

/** The models of a stack file without what needs a bucket of data, which our MinIO does not get. */
function withoutData(file: string): Record<string, unknown>[] {
  const { config } = parse(file) as { config: Record<string, Record<string, unknown>[]> };
  return (config["slipway:models"] ?? []).map((model) => ({
    ...model,
    ...{ capture: undefined, batch: undefined },
  }));
}

/** New pods have no version of their own, and take it from the store. */
async function everyModelLoads(): Promise<void> {
  const serving = "app.kubernetes.io/component=serving";
  await kubectl("rollout", "restart", "deployment", "-l", serving);
  await kubectl("rollout", "status", "deployment", "-l", serving, "--timeout=180s");
}

async function move(subject: string, ...more: string[]): Promise<void> {
  await npm("move", subject, ...more);
  await npm("deploy", "--dirty");
}

async function npm(command: string, ...words: string[]): Promise<void> {
  const args = [...words, "--stack", "sandbox", "--yes"];
  await execa({ cwd: ROOT, all: true })`npm run --silent ${command} -- ${args}`;
}

/** What MLflow answers of the models. */
async function versions(): Promise<unknown[]> {
  const found = await mlflow<{ model_versions: { name: string; version: string }[] }>(
    "GET",
    "model-versions/search?max_results=1000",
  );
  return found.model_versions.map(({ name, version }) => `${name} ${version}`).sort();
}

/** A Postgres of the same image in another namespace, with an empty database that its user owns. */
async function startServer(): Promise<void> {
  const path = "jsonpath={.spec.template.spec.containers[0].image}";
  const image = await kubectl("get", "statefulset/postgres", "-o", path);
  const variables = { POSTGRES_USER: "mlflow", POSTGRES_DB: "mlflow", POSTGRES_PASSWORD: PASSWORD };
  await startElsewhere("postgres", 5432, {
    image,
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    readinessProbe: { exec: { command: ["pg_isready", "-h", "127.0.0.1"] } },
  });
}
