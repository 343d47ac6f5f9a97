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
      image: testImage("seaweedfs"),
      ...args,
    });
    const { endpoint, bucket, region, credentials } = mlflow;
    return { endpoint, bucket, region, user: credentials.username, access };
  });
}

const SERVER = "object-store-seaweedfs";
const MINIO = { ...BUNDLED.objectStore, kind: "minio" as const };
const jobOf = (found: Described) => found.kind("Job")[0]?.metadata.name ?? "";
const sizeOf = (found: Described, name: string) =>
  at(found.object("PersistentVolumeClaim", name), "spec.resources.requests.storage");

describe("ObjectStore", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("keeps its objects on a claim of its own", () => {
    assert.equal(
      at(described.object("StatefulSet", SERVER), "spec.volumeClaimTemplates"),
      undefined,
    );
    assert.equal(sizeOf(described, `${SERVER}-data`), "10Gi");
  });

  it("reads its clients' accounts from files, and starts anew where one changes", () => {
    const server = described.object("StatefulSet", SERVER);
    assert.doesNotMatch(JSON.stringify(server), /secretKeyRef|"env"/);
    const volumes = at(server, "spec.template.spec.volumes") as { name: string }[];
    assert.deepEqual(
      volumes.find(({ name }) => name === "clients"),
      {
        name: "clients",
        projected: {
          sources: [
            {
              secret: {
                name: "object-store-mlflow",
                items: [{ key: "password", path: "mlflow" }],
              },
            },
          ],
        },
      },
    );
    const annotations = at(server, "spec.template.metadata.annotations") as object;
    assert.deepEqual(Object.keys(annotations), ["checksum/object-store-mlflow"]);
  });

  it("has no administrator, and nothing that fills it from outside", () => {
    assert.deepEqual(described.kind("Job"), []);
    assert.deepEqual(
      described.kind("Secret").map(({ metadata }) => metadata.name),
      ["object-store-mlflow"],
    );
  });

  it("gives MLflow a bucket of its own", () => {
    const { endpoint, bucket, user } = described.outputs;
    assert.deepEqual(
      { endpoint, bucket, user },
      { endpoint: "http://object-store-seaweedfs:8333", bucket: "mlflow", user: "mlflow" },
    );
  });

  it("lets in its clients alone, to S3 and figures, and to no other port of SeaweedFS", () => {
    const ingress = at(described.object("NetworkPolicy", SERVER), "spec.ingress") as {
      from: object[];
      ports: { port: number }[];
    }[];
    assert.deepEqual(
      ingress.flatMap(({ ports }) => ports.map(({ port }) => port)),
      [8333, 9327],
    );
    for (const { from } of ingress)
      assert.deepEqual(from, [
        { podSelector: { matchLabels: { "slipway/access-object-store-seaweedfs": "true" } } },
      ]);
  });

  it("is found as object-store too, by whatever it runs", async () => {
    const minio = await evaluate({ settings: MINIO, image: testImage("minio") });
    for (const found of [described, minio]) {
      const service = found.object("Service", "object-store");
      assert.deepEqual(at(service, "spec.ports"), [
        { name: "http", port: 9000, targetPort: "http" },
      ]);
      const selector = at(service, "spec.selector") as Record<string, string>;
      const labels = at(found.kind("StatefulSet")[0], "spec.template.metadata.labels");
      assert.deepEqual({ ...(labels as object), ...selector }, labels);
    }
  });

  describe("of kind minio", () => {
    let minio: Described;
    before(async () => {
      minio = await evaluate({ settings: MINIO, image: testImage("minio") });
    });

    it("goes on with the objects that an earlier Slipway kept", () => {
      assert.equal(minio.object("StatefulSet", "object-store").metadata.name, "object-store");
      assert.equal(sizeOf(minio, "object-store-data"), "10Gi");
      assert.equal(minio.outputs["endpoint"], "http://object-store:9000");
    });

    it("reads the root account from files", () => {
      const server = minio.object("StatefulSet", "object-store");
      const env = environment(server);
      assert.equal(env["MINIO_ROOT_PASSWORD_FILE"], "/run/secrets/admin/password");
      // No console: docs/security.md.
      assert.equal(env["MINIO_BROWSER"], "off");
      assert.doesNotMatch(JSON.stringify(server), /secretKeyRef/);
    });

    it("makes bucket, user and policy by a Job whose name changes with its script and image", async () => {
      assert.match(jobOf(minio), /^object-store-buckets-[0-9a-f]{8}$/);
      const again = (image: string) => evaluate({ settings: MINIO, image: testImage(image) });
      assert.equal(jobOf(await again("minio")), jobOf(minio));
      assert.notEqual(jobOf(await again("minio-next")), jobOf(minio));
      const job = minio.resource(":Job", "object-store-buckets");
      assert.ok(job.options.dependsOn);
    });
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
    for (const [kind, claim] of [
      ["bundled", `${SERVER}-data`],
      ["minio", "object-store-data"],
    ] as const) {
      const found = await evaluate({ settings, movedFrom: { kind, size: "50Gi" } });
      assert.deepEqual([...found.kind("StatefulSet"), ...found.kind("Job")], []);
      assert.equal(sizeOf(found, claim), "50Gi");
      assert.ok(found.resource("RandomPassword", "object-store-mlflow"));
      assert.equal(found.outputs["user"], "key");
      const admins = found.resources.filter(({ name }) => name === "object-store-admin");
      assert.equal(admins.length > 0, kind === "minio");
    }
  });

  it("keeps MinIO's volume beside its own, where objects moved from there", async () => {
    const found = await evaluate({ movedFrom: { kind: "minio", size: "50Gi" } });
    assert.equal(sizeOf(found, "object-store-data"), "50Gi");
    assert.equal(sizeOf(found, `${SERVER}-data`), "10Gi");
    assert.deepEqual(
      found.kind("StatefulSet").map(({ metadata }) => metadata.name),
      [SERVER],
    );
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
