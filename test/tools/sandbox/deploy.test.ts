import assert from "node:assert/strict";
import { publicKeyOf } from "../../../components/lib/model-keys.ts";
import { at } from "../../support/evaluation.ts";
import { fullName, outdated } from "../../../tools/sandbox/from-source/load-images.ts";
import {
  completePasswords,
  fillSecrets,
  type SecretPlan,
} from "../../../tools/sandbox/deploy-kubectl.ts";
import { isDone, isRolledOut } from "../../../tools/sandbox/rollout.ts";
import { readStack } from "../../../tools/lib/stack/read-stack.ts";
import { withoutRegistry } from "../../../tools/sandbox/stack.ts";

const PLAN: SecretPlan = {
  passwords: { "db-admin": { length: 32, special: false } },
  configuration: [],
  templates: [
    {
      name: "db-admin",
      namespace: "slipway-sandbox",
      type: "Opaque",
      labels: {},
      stringData: { uri: "postgres://admin:{{db-admin}}@db" },
    },
  ],
};

describe("deploying the sandbox without Pulumi", () => {
  it("makes each password once and keeps it, also when it is not used for a while", () => {
    const made = completePasswords(PLAN, { old: "kept" });
    assert.match(made["db-admin"] ?? "", /^[A-Za-z0-9]{32}$/);
    assert.equal(made["old"], "kept");
    assert.deepEqual(completePasswords(PLAN, made), made);
  });

  it("puts passwords where the templates name them", () => {
    assert.deepEqual(fillSecrets(PLAN, { "db-admin": "s3cret" }), [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "db-admin", namespace: "slipway-sandbox", labels: {} },
        type: "Opaque",
        stringData: { uri: "postgres://admin:s3cret@db" },
      },
    ]);
  });

  it("puts the public key of a password where the templates name that", () => {
    const [template] = PLAN.templates;
    assert.ok(template);
    const templates = [{ ...template, stringData: { keys: "{{db-admin.public}} other" } }];
    assert.deepEqual(
      fillSecrets({ ...PLAN, templates }, { "db-admin": "s3cret" }).map((made) =>
        at(made, "stringData"),
      ),
      [{ keys: `${publicKeyOf("s3cret")} other` }],
    );
  });

  it("refuses an encrypted configuration value, which it cannot read", () => {
    assert.throws(
      () => fillSecrets(PLAN, {}),
      /'db-admin', which only Pulumi can read: install the/,
    );
  });
});

describe("the sandbox's stack where no registry answers", () => {
  it("replaces what cannot be pulled, leaves Grafana out and keeps the rest", () => {
    const stack = readStack("sandbox");
    const images = { ...stack.images, grafana: "g:1" };
    const monitoring = { ...stack.monitoring, retentionDays: 3, grafana: true };
    assert.deepEqual(withoutRegistry({ images, monitoring }), {
      "slipway:images": {
        grafana: "g:1",
        oauth2Proxy: images.oauth2Proxy,
        blackboxExporter: images.blackboxExporter,
        postgres: "slipway.local/postgres:15-bookworm",
        prometheus: "slipway.local/prometheus:2.42-bookworm",
        pushgateway: "slipway.local/pushgateway:1.5-bookworm",
        alertmanager: "slipway.local/alertmanager:0.25-bookworm",
        postgresExporter: "slipway.local/postgres-exporter:0.11-bookworm",
        restic: "slipway.local/restic:0.14-bookworm",
      },
      "slipway:monitoring": { ...monitoring, grafana: false },
    });
  });
});

describe("waiting for the roll-out", () => {
  const creationTimestamp = "2026-11-01T10:00:00Z";
  const metadata = { name: "api", namespace: "n", generation: 2, creationTimestamp };
  const spec = { replicas: 2, selector: {}, template: {} };
  const deployment = { kind: "Deployment" as const, metadata, spec };

  it("waits for a Deployment that still runs old replicas", () => {
    const status = { observedGeneration: 2, updatedReplicas: 1, readyReplicas: 2 };
    assert.equal(isDone({ ...deployment, status }), false);
    assert.equal(isDone({ ...deployment, status: { ...status, updatedReplicas: 2 } }), true);
  });

  it("does not trust numbers from before the last change", () => {
    const status = { observedGeneration: 1, updatedReplicas: 2, readyReplicas: 2 };
    assert.equal(isDone({ ...deployment, status }), false);
  });

  it("waits for a Job until it is complete", () => {
    const job = { kind: "Job" as const, metadata, spec: { template: {} } };
    assert.equal(isDone(job), false);
    assert.equal(
      isDone({ ...job, status: { conditions: [{ type: "Complete", status: "True" }] } }),
      true,
    );
  });

  it("waits for no Job of a schedule, and for no backup that somebody asked for", () => {
    const job = (more: object) => isRolledOut({ kind: "Job", metadata: { ...metadata, ...more } });
    const owner = (kind: string) => ({
      ownerReferences: [{ kind, apiVersion: "v1", name: "n", uid: "u" }],
    });
    assert.equal(job({}), true);
    assert.equal(job(owner("CronJob")), false);
    assert.equal(job(owner("Other")), true);
    assert.equal(job({ labels: { "app.kubernetes.io/component": "backup" } }), false);
    assert.equal(isRolledOut({ kind: "Deployment", metadata }), true);
  });
});

describe("image names", () => {
  it("writes Docker's defaults out, as containerd does", () => {
    assert.equal(fullName("node:24"), "docker.io/library/node:24");
    assert.equal(fullName("slipway/ui:1"), "docker.io/slipway/ui:1");
    assert.equal(fullName("slipway.local/ui:1"), "slipway.local/ui:1");
    assert.equal(fullName("localhost/ui:1"), "localhost/ui:1");
  });

  it("keep the build that runs, which a rollback goes back to, and none of before", () => {
    const present = ["a", "b", "c"].map((tag) => `slipway.local/ui:${tag}`);
    const others = ["slipway.local/serving:a"];
    const used = new Set(["slipway.local/ui:b"]);
    assert.deepEqual(outdated("slipway.local/ui:c", [...present, ...others], used), [
      "slipway.local/ui:a",
    ]);
  });
});
