import assert from "node:assert/strict";
import { ObjectStore, type ObjectStoreArgs } from "../../components/object-store.ts";
import {
  type Described,
  at,
  components,
  environment,
  testImage,
  testNamespace,
} from "../support/evaluation.ts";
import { BUNDLED } from "../support/platform.ts";

function evaluate(args: Partial<ObjectStoreArgs> = {}): Promise<Described> {
  return components(() => {
    const { mlflow, access } = new ObjectStore("object-store", {
      namespace: testNamespace(),
      settings: BUNDLED.objectStore,
      image: testImage("minio"),
      ...args,
    });
    const { endpoint, bucket, region, credentials } = mlflow;
    return { endpoint, bucket, region, user: credentials.username, access };
  });
}

const nameOf = (found: Described) => found.kind("Job")[0]?.metadata.name ?? "";

describe("ObjectStore", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("keeps its objects on a claim of its own", () => {
    const server = described.object("StatefulSet", "object-store");
    assert.equal(at(server, "spec.volumeClaimTemplates"), undefined);
    assert.equal(
      at(
        described.object("PersistentVolumeClaim", "object-store-data"),
        "spec.resources.requests.storage",
      ),
      "10Gi",
    );
  });

  it("reads the root account from files", () => {
    const env = environment(described.object("StatefulSet", "object-store"));
    assert.equal(env["MINIO_ROOT_PASSWORD_FILE"], "/run/secrets/admin/password");
    assert.doesNotMatch(
      JSON.stringify(described.object("StatefulSet", "object-store")),
      /secretKeyRef/,
    );
  });

  it("makes bucket, user and policy by a Job whose name changes with its script and image", async () => {
    assert.match(nameOf(described), /^object-store-buckets-[0-9a-f]{8}$/);
    assert.equal(nameOf(await evaluate()), nameOf(described));
    const other = await components(() => {
      const image = testImage("minio-next");
      new ObjectStore("object-store", {
        namespace: testNamespace(),
        settings: BUNDLED.objectStore,
        image,
      });
      return {};
    });
    assert.notEqual(nameOf(other), nameOf(described));
  });

  it("fills the store after it started", () => {
    const job = described.resource(":Job", "object-store-buckets");
    assert.ok(job.options.dependsOn);
    assert.equal(at(job.inputs, "metadata.annotations") !== undefined, true);
  });

  it("gives MLflow a bucket of its own and no root account", () => {
    const { endpoint, bucket, user } = described.outputs;
    assert.deepEqual(
      { endpoint, bucket, user },
      { endpoint: "http://object-store:9000", bucket: "mlflow", user: "mlflow" },
    );
  });

  it("lets in its clients alone", () => {
    assert.match(
      JSON.stringify(at(described.object("NetworkPolicy", "object-store"), "spec.ingress")),
      /slipway\/access-object-store/,
    );
  });

  const external = (endpoint: string) =>
    ({
      kind: "external",
      endpoint,
      addresses: ["public"],
      bucket: "team",
      region: "eu-west-3",
      accessKey: "key",
      secretKey: "secret",
    }) as unknown as ObjectStoreArgs["settings"];

  it("runs nothing with an S3 of yours", async () => {
    const found = await evaluate({ settings: external("https://s3.example.com") });
    assert.deepEqual([...found.kind("StatefulSet"), ...found.kind("Job")], []);
    const { endpoint, bucket, region, user } = found.outputs;
    assert.deepEqual(
      { endpoint, bucket, region, user },
      {
        endpoint: "https://s3.example.com",
        bucket: "team",
        region: "eu-west-3",
        user: "key",
      },
    );
  });

  it("keeps volume and passwords where its objects moved to an S3 of yours, and runs nothing", async () => {
    const settings = external("https://s3.example.com");
    const found = await evaluate({ settings, movedFrom: { kind: "bundled", size: "50Gi" } });
    assert.deepEqual([...found.kind("StatefulSet"), ...found.kind("Job")], []);
    const claim = found.object("PersistentVolumeClaim", "object-store-data");
    assert.equal(at(claim, "spec.resources.requests.storage"), "50Gi");
    assert.ok(found.resource("RandomPassword", "object-store-admin"));
    assert.ok(found.resource("RandomPassword", "object-store-mlflow"));
    assert.equal(found.outputs["user"], "key");
  });

  for (const [endpoint, port] of [
    ["https://s3.example.com", 443],
    ["http://s3.example.com", 80],
    ["https://s3.example.com:9443", 9443],
  ] as const) {
    it(`lets clients out to ${endpoint} on port ${port}`, async () => {
      const { outputs } = await evaluate({ settings: external(endpoint) });
      assert.equal(at(outputs["access"], "egress.0.ports.0.port"), port);
    });
  }
});
