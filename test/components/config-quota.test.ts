import assert from "node:assert/strict";
import { mostRequested } from "../../components/config/needs.ts";
import { validateConfig } from "../../components/config/validate.ts";
import { rawStack } from "../../tools/lib/stack/stack-file.ts";
import { MODELS, REGISTRY, oneModel, problems, refused } from "../support/config.ts";
import { stack } from "../support/evaluation.ts";
import { totals } from "../support/totals.ts";

/** Settings that change how many pods and volumes there are. */
const VARIANTS: [string, Record<string, unknown>][] = [
  ["by default", {}],
  [
    "with an external database and store",
    {
      database: {
        kind: "external",
        host: "db.example.com",
        addresses: ["10.20.0.0/16"],
        password: "p",
      },
      objectStore: {
        kind: "external",
        endpoint: "https://s3.example.com",
        addresses: ["public"],
        bucket: "abc",
        accessKey: "a",
        secretKey: "s",
      },
    },
  ],
  [
    "with volumes that data moved away from",
    {
      database: {
        kind: "external",
        host: "db.example.com",
        addresses: ["10.20.0.0/16"],
        password: "p",
      },
      movedFrom: {
        database: { kind: "bundled", size: "20Gi" },
        // In use, so it counts once.
        objectStore: { kind: "bundled", size: "10Gi" },
      },
    },
  ],
  ["with MinIO", { objectStore: { kind: "minio", size: "20Gi" } }],
  [
    "with SeaweedFS, and MinIO's volume that objects moved away from",
    { movedFrom: { objectStore: { kind: "minio", size: "10Gi" } } },
  ],
  ["with backups", { backup: { to: { kind: "volume" }, size: "30Gi" } }],
  ["with backups alone", { backup: { to: { kind: "volume" } }, monitoring: { kind: "off" } }],
  [
    "with every change kept",
    {
      backup: {
        to: {
          ...{ kind: "s3", endpoint: "https://s3.example.com", addresses: ["public"] },
          ...{ bucket: "abc", accessKey: "a", secretKey: "s" },
        },
        pointInTime: {},
      },
    },
  ],
  [
    "with hours of sleep",
    { sleep: { at: "0 20 * * *", wakeAt: "0 7 * * *", apiServer: ["10.0.0.1/32"] } },
  ],
  [
    "with a login",
    {
      endpoint: { kind: "ingress", host: "ml.example.com" },
      login: {
        ...{ issuer: "https://id.example.com", addresses: ["public"], clientId: "slipway" },
        ...{ clientSecret: "s", admins: ["ml-admins"] },
      },
    },
  ],
  [
    "with a login that leads to Grafana, too",
    {
      endpoint: { kind: "ingress", host: "ml.example.com" },
      login: {
        ...{ issuer: "https://id.example.com", addresses: ["public"], clientId: "slipway" },
        ...{ clientSecret: "s", admins: ["ml-admins"], jwksUri: "https://id.example.com/keys" },
      },
    },
  ],
  ["without monitoring", { monitoring: { kind: "off" } }],
  [
    "with its hosts watched, and somebody told of alerts",
    {
      endpoint: {
        ...{ kind: "ingress", host: "ml.example.com", tls: { secretName: "tls" } },
        addresses: ["public"],
      },
      monitoring: {
        alerts: { receivers: [{ kind: "slack", url: "https://hooks.example.com/a" }] },
      },
    },
  ],
  [
    "with predictions that are kept and judged, trainings for a reason and batches",
    {
      models: [
        {
          file: "iris.yaml",
          capture: {},
          batch: [{ name: "a", source: "s3://shop/*.csv", schedule: "@daily" }],
        },
      ],
    },
  ],
  ["without Grafana", { monitoring: { grafana: false, size: "1.5Gi" } }],
  [
    "with many pages and a schedule",
    {
      ui: { replicas: 7, resources: { cpu: "30m" } },
      models: [{ file: "iris.yaml", replicas: { max: 4 }, training: { schedule: "@daily" } }],
    },
  ],
];

describe("a quota", () => {
  for (const [what, overrides] of VARIANTS) {
    it(`is compared with what the objects of a stack request, ${what}`, async () => {
      const { config } = validateConfig({ ...rawStack("dev"), ...overrides }, "dev");
      assert.ok(config);
      const described = await stack("dev", overrides);
      const { cpu, memory, pods, storage } = totals(described);
      const needs = mostRequested(config);
      assert.deepEqual(needs, { cpu: Math.round(1000 * cpu), memory, pods, storage });
    });
  }

  it("counts the instances of a CloudNativePG cluster, which its operator makes", () => {
    const settings = (database: object) =>
      validateConfig({ registry: REGISTRY, models: MODELS, database }, "dev").config;
    const [three, one] = [3, 1].map((instances) =>
      settings({ kind: "cloudnative-pg", instances, size: "10Gi" }),
    );
    assert.ok(three && one);
    const [most, least] = [mostRequested(three), mostRequested(one)];
    assert.equal(most.storage - least.storage, 20 * 2 ** 30);
    assert.deepEqual([most.pods - least.pods, most.cpu - least.cpu], [2, 500]);
  });

  it("is refused below that, and the message says what is needed", () => {
    const found = problems({ quota: { cpu: "100m", memory: "8Mi", storage: "1Gi", pods: 2 } });
    // One model: 11 APIs, 5 pages, training, MLflow, Postgres, SeaweedFS, Prometheus, two each of Grafana and the exporter, the Pushgateway.
    assert.deepEqual(
      found.map((line) => line.replace(/ that .*/, "")),
      [
        "quota.cpu: (100m) is less than the 2055m",
        "quota.memory: (8Mi) is less than the 4512Mi",
        "quota.storage: (1Gi) is less than the 20Gi",
        "quota.pods: (2) is less than the 26 pods",
      ],
    );
    const needed = { cpu: "2055m", memory: "4512Mi", storage: "20Gi", pods: 26 };
    assert.deepEqual(problems({ quota: needed }), []);
    refused(
      { quota: { ...needed, pods: 25 } },
      /^quota\.pods: \(25\) .*raise it, lower replicas\.max/,
    );
    refused({ quota: { ...needed, cpu: "2054m" } }, /^quota\.cpu: \(2054m\)/);
  });

  it("rises to that where it is not stated", () => {
    const settings = { database: { size: "200Gi" }, ...oneModel({ resources: { cpu: 1 } }) };
    const quotaOf = (quota: object) =>
      validateConfig({ registry: REGISTRY, ...settings, quota }, "dev").config?.quota;
    assert.deepEqual(quotaOf({}), { cpu: "11955m", memory: "16Gi", storage: "215Gi", pods: 60 });
    assert.deepEqual(quotaOf({ cpu: 12 })?.cpu, "12");
    refused({ ...settings, quota: { storage: "100Gi" } }, /^quota\.storage: \(100Gi\) .* 215Gi/);
  });

  it("is not of our making in a namespace of others", () => {
    assert.deepEqual(problems({ namespace: "team-a", database: { size: "200Gi" } }), []);
  });

  it("says nothing while a key that it depends on is wrong", () => {
    refused({ quota: { pods: 2 }, ui: { replicas: 0 } }, /^ui\.replicas: must be at least 1 \(0\)/);
  });
});
