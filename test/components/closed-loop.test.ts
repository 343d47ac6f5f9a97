import assert from "node:assert/strict";
import { BatchJob } from "../../components/batch-job.ts";
import { ObjectStore } from "../../components/object-store.ts";
import {
  type Described,
  at,
  components,
  environment,
  refuses,
  stack,
  testImage,
} from "../support/evaluation.ts";
import { argsOf, podOf, variablesOf } from "../support/cron-jobs.ts";
import { BUNDLED, testPlatform } from "../support/platform.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";

const BATCH = { name: "nightly", source: "s3://shop/clients/*.csv", schedule: "0 3 * * *" };
const LOOP = [
  {
    file: "diabetes.yaml",
    nodePort: 30800,
    capture: { rate: 0.5, drop: ["age"], retentionDays: 10 },
    batch: [BATCH],
  },
  { file: "iris.yaml", nodePort: 30801 },
];

const accessOf = (labels: unknown) =>
  Object.keys(labels as object)
    .filter((label) => label.startsWith("slipway/access-"))
    .map((label) => label.replace("slipway/access-", ""))
    .sort();

describe("a stack that keeps predictions", () => {
  let described: Described;
  let without: Described;
  before(async () => {
    const models = LOOP.map(({ file, nodePort }) => ({ file, nodePort }));
    [described, without] = [await stack("dev", { models: LOOP }), await stack("dev", { models })];
  });

  it("has an account that may only write the log, for that model's API alone", () => {
    const kept = environment(described.object("Deployment", "diabetes-model-api"));
    assert.deepEqual(
      Object.fromEntries(Object.entries(kept).filter(([name]) => /^(CAPTURE|AWS)_/.test(name))),
      {
        CAPTURE_URL: "s3://data/predictions",
        CAPTURE_ACCOUNT: "/run/secrets/capture",
        AWS_ENDPOINT_URL: "http://object-store-seaweedfs:8333",
        AWS_REGION: "us-east-1",
        CAPTURE_RATE: "0.5",
        CAPTURE_DROP: '["age"]',
      },
    );
    const pod = at(described.object("Deployment", "diabetes-model-api"), "spec.template");
    assert.match(JSON.stringify(pod), /"secretName":"object-store-capture"/);
    assert.doesNotMatch(JSON.stringify(pod), /object-store-data"/);
    assert.ok(accessOf(at(pod, "metadata.labels")).includes("object-store-seaweedfs"));
    const store = described.object("StatefulSet", "object-store-seaweedfs");
    assert.equal(environment(store)["WRITERS"], "capture=data/predictions");
  });

  it("judges the model at times, by the log and the registry, and deletes what is old", () => {
    const monitor = described.object("CronJob", "diabetes-model-monitor");
    assert.equal(at(monitor, "spec.schedule"), "20 * * * *");
    assert.equal(at(monitor, "spec.concurrencyPolicy"), "Forbid");
    assert.deepEqual(argsOf(monitor), [
      ...["monitor", "--model", "diabetes-model", "--champion"],
      ...["--rows", "1000", "--days", "30", "--keep-days", "10"],
    ]);
    const env = variablesOf(monitor);
    assert.deepEqual(
      [env["PREDICTIONS"], env["DATA_STORE_ENDPOINT"], env["DATA_STORE_ACCOUNT"], env["PUSH_URL"]],
      [
        "s3://data/predictions",
        "http://object-store-seaweedfs:8333",
        "/run/secrets/data-store",
        "http://pushgateway.slipway-dev:9091",
      ],
    );
    assert.deepEqual(accessOf(at(podOf(monitor), "metadata.labels")), [
      ...["mlflow", "object-store-seaweedfs", "pushgateway"],
    ]);
  });

  it("reads a table of labels by an account of its own, where it leads and nowhere else", async () => {
    const labels = {
      ...{ source: "postgres://db.example.com/shop", table: "orders", credentials: "shop-db" },
      ...{ addresses: ["10.20.0.0/16"], id: "order", time: "paid_at" },
    };
    const models = [{ file: "diabetes.yaml", capture: { labels } }];
    const found = await stack("dev", { models });
    const monitor = found.object("CronJob", "diabetes-model-monitor");
    assert.deepEqual(argsOf(monitor).slice(-13), [
      ...["10", "--labels", labels.source, "--labels-table", "orders"].with(0, "90"),
      ...["--labels-credentials", "shop-db", "--labels-id", "order"],
      ...["--labels-label", "label", "--labels-time", "paid_at"],
    ]);
    assert.match(JSON.stringify(podOf(monitor)), /"secretName":"shop-db"/);
    const policy = found.object("NetworkPolicy", "diabetes-model-monitor");
    assert.match(
      JSON.stringify(at(policy, "spec.egress")),
      /"port":5432[^\]]*\],"to":\[\{"ipBlock":\{"cidr":"10\.20\.0\.0\/16"|"cidr":"10\.20\.0\.0\/16"[^\]]*\],?"?ports"?.*5432/,
    );
    assert.doesNotMatch(JSON.stringify(policy), /0\.0\.0\.0\/0/);
  });

  it("answers a batch by what the stack's keys signed, into its own bucket", () => {
    const batch = described.object("CronJob", "diabetes-model-batch-nightly");
    assert.deepEqual(argsOf(batch), [
      ...["predict", "--model", "diabetes-model", "--alias", "champion", "--name", "nightly"],
      ...["--in", BATCH.source],
      ...["--out", "s3://data/batches/diabetes-model/nightly/{date}.parquet", "--skip-existing"],
    ]);
    assert.match(variablesOf(batch)["MODEL_PUBLIC_KEYS"] ?? "", /model-signing-public/);
    const egress = at(
      described.object("NetworkPolicy", "diabetes-model-batch-nightly"),
      "spec.egress",
    );
    assert.match(JSON.stringify(egress), /"port":443.*"cidr":"0\.0\.0\.0\/0"/);
  });

  it("has the bucket of data backed up and restored, by its own account", async () => {
    const backup = { to: { kind: "volume" } };
    const models = [{ file: "diabetes.yaml", capture: {} }];
    const found = await stack("dev", { models, backup });
    for (const [task, copy] of [
      ["backup", "copy"],
      ["restore", "restored"],
    ] as const) {
      const containers = at(podOf(found.object("CronJob", task)), "spec.initContainers");
      const step = (containers as { name: string }[]).find(({ name }) => name === "data");
      assert.ok(step, `${task} has no step for it`);
      const env = environment({ spec: { template: { spec: { containers: [step] } } } } as never);
      assert.deepEqual(
        [env["COPY"], env["PREFIX"], env["BUCKET"], env["OBJECT_STORE_SECRET"]],
        [`/backup/${copy}/data`, "", "data", "/run/secrets/data-store"],
      );
    }
  });

  it("has its bucket of data left out of a drill, which needs room for models alone", async () => {
    const backup = { to: { kind: "volume" } };
    const fetching = async (models: object[]) => {
      const found = await stack("dev", { models, backup });
      const steps = at(podOf(found.object("CronJob", "restore-drill")), "spec.initContainers");
      const step = (steps as { name: string }[]).find(({ name }) => name === "repository");
      return environment({ spec: { template: { spec: { containers: [step] } } } } as never);
    };
    const kept = await fetching([{ file: "diabetes.yaml", capture: {} }]);
    assert.equal(kept["EXCLUDE"], "/data");
    assert.equal((await fetching([{ file: "diabetes.yaml" }]))["EXCLUDE"], undefined);
  });

  it("leaves what belongs to other models, and every training, as it was", () => {
    const names = (of: Described) =>
      of.objects
        .filter(({ kind }) => kind === "Job" || kind === "Deployment")
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
        .sort();
    assert.deepEqual(names(described), names(without));
    for (const [kind, name] of [["Deployment", "iris-model-api"]] as const) {
      assert.deepEqual(described.object(kind, name), without.object(kind, name));
    }
    const jobs = (of: Described) => of.kind("Job").map(({ spec }) => spec);
    assert.deepEqual(jobs(described), jobs(without));
    assert.deepEqual(
      without.kind("Secret").filter(({ metadata }) => /data|capture/.test(metadata.name)),
      [],
    );
    const store = without.object("StatefulSet", "object-store-seaweedfs");
    assert.deepEqual(environment(store), {});
  });
});

describe("a bucket of data", () => {
  const EXTERNAL = {
    kind: "external",
    ...{ endpoint: "https://s3.example.com", addresses: ["public"] },
    ...{ bucket: "models", accessKey: "a", secretKey: "s" },
  } as const;

  it("is a second one of the team's own S3, with both its accounts", async () => {
    const data = {
      ...{ bucket: "team-data", accessKey: "d", secretKey: "e" },
      capture: { accessKey: "c", secretKey: "f" },
    };
    const models = [{ file: "diabetes.yaml", capture: {} }];
    const found = await stack("dev", { models, objectStore: { ...EXTERNAL, data } });
    const api = environment(found.object("Deployment", "diabetes-model-api"));
    assert.equal(api["CAPTURE_URL"], "s3://team-data/predictions");
    assert.equal(api["AWS_ENDPOINT_URL"], "https://s3.example.com");
    const secret = found.object("Secret", "object-store-capture");
    assert.equal(at(secret, "stringData.username"), "c");
  });

  it("has accounts that go when nothing needs it, also where data are protected", async () => {
    const models = [{ file: "diabetes.yaml", capture: {} }];
    const found = await stack("prod", { models });
    const kept = (name: string) => found.resource(":RandomPassword", name).options.protect;
    assert.deepEqual(
      ["object-store-mlflow", "object-store-data", "object-store-capture"].map(kept),
      [true, false, false],
    );
  });

  it("is not to be had of MinIO, or of S3 without accounts", async () => {
    const store = (settings: ConstructorParameters<typeof ObjectStore>[1]["settings"]) => () =>
      new ObjectStore("store", { namespace: "a", settings, image: "minio:1", data: true });
    await refuses(store({ kind: "minio" }), /our MinIO gets no second bucket/);
    await refuses(store(EXTERNAL), /'settings.data' is missing/);
  });

  const batch = (more: Partial<ConstructorParameters<typeof BatchJob>[1]["settings"]>) =>
    components(() => {
      const { namespace, mlflow } = testPlatform();
      const { data } = new ObjectStore("store", {
        ...{ namespace, settings: BUNDLED.objectStore, image: testImage("seaweedfs"), data: true },
      });
      assert.ok(data);
      const resources = { cpu: "1", memory: "1Gi", memoryLimit: "1Gi" };
      const settings = { ...BATCH, alias: "previous", resources, ...more };
      const common = { namespace, mlflow, data, image: testImage("training") };
      new BatchJob("churn-batch", { ...common, model: "churn", settings });
      return {};
    });

  it("is where a batch writes what says no other place", async () => {
    const found = await batch({ to: "s3://answers/{date}.csv", toCredentials: "out" });
    const cronJob = found.object("CronJob", "churn-batch");
    assert.deepEqual(argsOf(cronJob), [
      ...["predict", "--model", "churn", "--alias", "previous", "--name", "nightly"],
      ...["--in", BATCH.source, "--out", "s3://answers/{date}.csv", "--skip-existing"],
      ...["--out-credentials", "out"],
    ]);
    assert.match(JSON.stringify(podOf(cronJob)), /"mountPath":"\/run\/secrets\/credentials\/out"/);
  });

  it("is left for an S3 service of one's own, which is let out to", async () => {
    const toEndpoint = "http://minio.team-b:9000";
    const to = { to: "s3://data/{date}.csv", toCredentials: "out", toEndpoint };
    const found = await batch(to);
    const env = variablesOf(found.object("CronJob", "churn-batch"));
    assert.equal(env["OUT_AWS_ENDPOINT_URL"], toEndpoint);
    assert.equal(env["AWS_ENDPOINT_URL"], undefined);
    const egress = at(found.object("NetworkPolicy", "churn-batch"), "spec.egress");
    assert.match(JSON.stringify(egress), /9000.*team-b/);
  });

  it("is read and written by one account that is mounted once", async () => {
    const shop = { credentials: "shop", toCredentials: "shop" };
    const found = await batch({ to: "s3://shop/{date}.csv", ...shop });
    const spec = at(podOf(found.object("CronJob", "churn-batch")), "spec");
    const names = (of: string) =>
      (at(spec as Manifest, of) as { name: string }[]).map((x) => x.name);
    for (const list of ["volumes", "containers.0.volumeMounts"]) {
      assert.deepEqual(names(list), [...new Set(names(list))], list);
    }
  });
});
