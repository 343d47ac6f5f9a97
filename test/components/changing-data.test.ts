import assert from "node:assert/strict";
import { ObjectStore } from "../../components/object-store.ts";
import { TrainingJob, type TrainingJobArgs } from "../../components/training-job.ts";
import { at, components, environment, testImage } from "../support/evaluation.ts";
import { argsOf, variablesOf } from "../support/cron-jobs.ts";
import { BUNDLED, testPlatform } from "../support/platform.ts";

describe("a model whose data change", () => {
  const YAML = `name: churn-model
data: { source: "postgres://db.example.com:6432/shop", table: customers, credentials: shop-db }
retrain: { when: { rows: 100 } }
`;
  const SECRET = { secretName: "shop-db" };

  const trained = (args: Partial<TrainingJobArgs> = {}, content = YAML) =>
    components(() => {
      const platform = testPlatform();
      const { data } = new ObjectStore("store", {
        namespace: platform.namespace,
        settings: BUNDLED.objectStore,
        image: testImage("seaweedfs"),
        data: true,
      });
      const model = { name: "churn-model", file: "churn.yaml", content };
      const common = { ...platform, image: testImage("training"), model, data };
      const { job } = new TrainingJob("churn-model-training", { ...common, ...args });
      return { job };
    });

  it("is trained with the Secret that its YAML names, and keeps snapshots", async () => {
    const found = await trained({ addresses: ["10.20.0.0/16"] });
    const job = found.object("Job", String(found.outputs["job"]));
    const env = environment(job);
    assert.equal(env["DATA_STORE"], "s3://data/snapshots");
    assert.equal(env["DATA_CREDENTIALS"], "/run/secrets/credentials");
    const volumes = at(job, "spec.template.spec.volumes") as { name: string; secret?: object }[];
    const volume = volumes.find(({ secret }) => JSON.stringify(secret) === JSON.stringify(SECRET));
    const mounts = at(job, "spec.template.spec.containers.0.volumeMounts") as { name: string }[];
    assert.deepEqual(
      mounts.find(({ name }) => name === volume?.name),
      { name: volume?.name, mountPath: "/run/secrets/credentials/shop-db", readOnly: true },
    );
    const egress = at(found.object("NetworkPolicy", "churn-model-training"), "spec.egress");
    assert.deepEqual((egress as object[])[1], {
      to: [{ ipBlock: { cidr: "10.20.0.0/16" } }],
      ports: [{ protocol: "TCP", port: 6432 }],
    });
    assert.equal(found.kind("CronJob").length, 0);
  });

  it("is asked at times whether there is a reason, with all that a training has", async () => {
    const found = await trained({ retrain: { schedule: "40 * * * *" }, deadlineMinutes: 7 });
    const retrain = found.object("CronJob", "churn-model-retrain");
    assert.deepEqual(argsOf(retrain), ["retrain", "/app/models/churn.yaml"]);
    assert.equal(at(retrain, "spec.jobTemplate.spec.activeDeadlineSeconds"), 420);
    const rules = at(retrain, "spec.jobTemplate.spec.podFailurePolicy.rules");
    const final = { action: "FailJob", onExitCodes: { operator: "In", values: [2, 3] } };
    assert.deepEqual((rules as object[])[0], final);
    const job = environment(found.object("Job", String(found.outputs["job"])));
    const env = variablesOf(retrain);
    assert.deepEqual({ ...job, ...env }, env);
    assert.equal(env["PREDICTIONS"], "s3://data/predictions");
  });

  it("is told of another S3 than Amazon's by name of its Secret", async () => {
    const yaml = YAML.replace(/"postgres.*?"/, '"s3://shop/*.csv"').replace(
      "table: customers, ",
      "",
    );
    const endpoint = "http://minio.team-b:9000";
    const found = await trained({ endpoint }, yaml);
    const env = environment(found.object("Job", String(found.outputs["job"])));
    assert.equal(env["SHOP_DB_AWS_ENDPOINT_URL"], endpoint);
    assert.equal(env["SHOP_DB_AWS_ALLOW_HTTP"], "true");
    const egress = at(found.object("NetworkPolicy", "churn-model-training"), "spec.egress");
    assert.match(JSON.stringify((egress as object[])[1]), /9000.*team-b/);
  });

  it("of the stack's own bucket reaches nothing outside", async () => {
    const yaml = YAML.replace(/"postgres.*?"/, '"s3://data/incoming/*.csv"').replace(
      "table: customers, credentials: shop-db",
      "",
    );
    const found = await trained({}, yaml);
    const egress = JSON.stringify(
      at(found.object("NetworkPolicy", "churn-model-training"), "spec.egress"),
    );
    assert.doesNotMatch(egress, /ipBlock":\{"cidr":"0\.0\.0\.0/);
    assert.match(egress, /store-seaweedfs/);
  });
});
