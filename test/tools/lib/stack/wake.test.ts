import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubectlFor } from "../../../../tools/lib/kubectl.ts";
import type { Environment } from "../../../../tools/lib/stack/environment.ts";
import { kubectlObjects } from "../../../../tools/lib/stack/objects.ts";
import { REPLICAS, SUSPENDED } from "../../../../tools/lib/stack/sleep-environment.ts";
import { lateInWords, wakeEnvironment } from "../../../../tools/lib/stack/wake-environment.ts";

/** A kubectl that keeps objects in a file; workloads are ready when they have replicas, but for one. */
const KUBECTL = `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync } = require("node:fs");
const file = __dirname + "/objects.json";
const objects = JSON.parse(readFileSync(file));
const args = process.argv.slice(2);
if (args.includes("apply")) {
  const { kind, metadata, spec = {} } = JSON.parse(readFileSync(0));
  const found = objects.find((one) => one.kind === kind && one.metadata.name === metadata.name);
  if (found) {
    found.metadata.annotations = metadata.annotations;
    Object.assign(found.spec, spec);
  }
  writeFileSync(file, JSON.stringify(objects));
  appendFileSync(__dirname + "/applied", metadata.name + "\\n");
} else {
  const [kind] = args[args.indexOf("get") + 1].split(".");
  if (kind === "configmap/sleep-schedule") {
    process.stderr.write("NotFound");
    process.exit(1);
  }
  if (kind === "namespace/slipway-dev") {
    const annotations = { "slipway/asleep-since": "2026-11-27T19:00:00Z" };
    process.stdout.write(JSON.stringify({ metadata: { name: "slipway-dev", annotations } }));
    process.exit();
  }
  const items = objects.filter((one) => one.kind.toLowerCase() + "s" === kind);
  for (const { metadata, spec, ...item } of items) {
    const ready = metadata.name === "broken-model-api" ? 0 : spec.replicas;
    objects.find((one) => one.metadata === metadata).status = { updatedReplicas: ready, readyReplicas: ready };
  }
  process.stdout.write(JSON.stringify({ items }));
}
`;

describe("wakeEnvironment", () => {
  let folder: string;
  let environment: Environment;

  const asleep = (kind: string, name: string, ...reaches: string[]) => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name, annotations: { [REPLICAS]: "2" } },
    spec: {
      replicas: 0,
      template: {
        metadata: {
          labels: Object.fromEntries(reaches.map((other) => [`slipway/access-${other}`, "true"])),
        },
      },
    },
  });
  const nightly = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "nightly", annotations: { [SUSPENDED]: "true" } },
    spec: { suspend: true },
  };

  function withApi(api: string): void {
    const objects = [
      asleep("Deployment", "ui", api),
      asleep("StatefulSet", "prometheus", api),
      asleep("Deployment", api, "mlflow"),
      asleep("Deployment", "mlflow", "postgres"),
      asleep("StatefulSet", "postgres"),
      nightly,
    ];
    writeFileSync(join(folder, "objects.json"), JSON.stringify(objects));
  }
  const applied = () => readFileSync(join(folder, "applied"), "utf8").trim().split("\n");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-wake-"));
    const kubectlPath = join(folder, "kubectl.cjs");
    writeFileSync(kubectlPath, KUBECTL);
    chmodSync(kubectlPath, 0o755);
    const context = "played";
    const run = kubectlFor({ kubectl: kubectlPath, context, env: {} });
    environment = {
      stack: "dev",
      instance: "slipway-dev",
      namespace: "slipway-dev",
      shared: false,
      context,
      configFile: "Pulumi.dev.yaml",
      env: {},
      kubectl: run,
      objects: kubectlObjects(run, "slipway-dev"),
      kubectlPath,
    };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("wakes what is reached before its clients, then what was suspended", async () => {
    withApi("iris-model-api");
    assert.deepEqual(await wakeEnvironment(environment, 30), []);
    const names = applied();
    assert.deepEqual(names.slice(0, 3), ["postgres", "mlflow", "iris-model-api"]);
    assert.deepEqual(new Set(names.slice(3, 5)), new Set(["ui", "prometheus"]));
    assert.deepEqual(names.slice(5), ["nightly", "slipway-dev"]);
  });

  it("wakes monitoring and page although an API never gets ready, and names that one", async () => {
    withApi("broken-model-api");
    const late = await wakeEnvironment(environment, 0);
    assert.deepEqual(late, ["Deployment broken-model-api"]);
    const names = applied();
    for (const name of ["ui", "prometheus", "nightly", "slipway-dev"]) {
      assert.ok(names.includes(name), `${name} is not woken`);
    }
    assert.match(
      lateInWords(environment, late),
      /^awake, but not ready: Deployment broken-model-api; .*describe pods.*npm run wake -- --stack dev/,
    );
  });
});
