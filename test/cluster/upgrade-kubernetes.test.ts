import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import { existingCluster } from "../../tools/sandbox/choose-cluster.ts";
import { startControlPlane } from "../../tools/sandbox/from-source/control-plane.ts";
import { startNode } from "../../tools/sandbox/from-source/node.ts";
import { records, stop } from "../../tools/sandbox/from-source/process-table.ts";
import { KUBERNETES_SOURCE } from "../../tools/sandbox/from-source/sources.ts";
import { longSuite } from "../support/long.ts";
import { npm } from "./support/commands.ts";
import { noneFails, seconds, tell } from "./support/measured.ts";
import { mlflow, storedRows } from "./support/mlflow.ts";
import { contents, identities, running } from "./support/lasting.ts";
import { served } from "./support/served.ts";
import {
  engine,
  kubectl,
  objects,
  predict,
  readyReplicas,
  rolledOut,
  sandbox,
  until,
} from "./support/sandbox.ts";

/** The newest release of the minor version before that can be had as a Go module. */
const BEFORE = "v1.35.4";
const API = "diabetes-model-api";

longSuite("an upgrade of Kubernetes below the platform", function () {
  this.timeout(40 * 60_000);
  let rows: string[];
  let answer: unknown;
  let content: Awaited<ReturnType<typeof contents>>;
  let lasting: string[];

  before(async function () {
    if ((await existingCluster())?.kind !== "source") {
      process.stdout.write("      skipped: the sandbox's cluster is not one from source\n");
      this.skip();
    }
    const command = ["--import", "tsx", "tools/sandbox.ts", "recreate"];
    const env = { SLIPWAY_KUBERNETES: BEFORE };
    await execa("node", command, { cwd: ROOT, env, stdio: ["ignore", "inherit", "inherit"] });
    await readyReplicas(API, 3);
    await mlflow("POST", "runs/create", { experiment_id: "0", run_name: "before the upgrade" });
    [rows, answer] = [await storedRows(), await predict()];
    [content, lasting] = [await contents(), await identities()];
    assert.ok(rows.length > 0 && lasting.some((line) => line.startsWith("PersistentVolumeClaim")));
  });

  it("begins at the earlier version, which serves every kind of the platform's", async () => {
    assert.deepEqual(await versions(), [BEFORE, BEFORE]);
    assert.deepEqual(await served(), { absent: [], deprecated: [] });
  });

  it("takes the control plane to the later one, and no prediction fails while no API server answers", async () => {
    await noneFails("the control plane's upgrade", async () => {
      const since = Date.now();
      await end("kube-apiserver");
      // As long as the restart of a control plane may well take, and not as long as a node that is not heard of is taken for
      // lost (50 s): then all its pods would leave their Services until it told of itself.
      await pause(15_000);
      await assert.rejects(kubectl("get", "nodes", "--request-timeout=2s"));
      await startControlPlane();
      tell(`no API server answered for ${seconds(since)}`);
      await end("kube-controller-manager");
      await end("kube-scheduler");
      await startControlPlane();
      // As long as the controllers take to look at every node.
      await pause(20_000);
    });
    assert.deepEqual(await versions(), [KUBERNETES_SOURCE.version, BEFORE]);
  });

  it("takes the node to the later one: its pods run on, and no prediction fails", async () => {
    const pods = await running();
    assert.ok(pods.length > 0);
    await noneFails("the node's upgrade", async () => {
      await end("kubelet");
      await end("kube-proxy");
      const since = Date.now();
      await startNode();
      // Its condition is still that of the old one, until it tells of itself.
      await until("the node at the later version", async () => {
        return (await versions())[1] === KUBERNETES_SOURCE.version;
      });
      tell(`the node told of its new version after ${seconds(since)}`);
      // Its first sight of every pod: what it would restart, it restarts now.
      await pause(30_000);
    });
    assert.deepEqual(await versions(), [KUBERNETES_SOURCE.version, KUBERNETES_SOURCE.version]);
    const after = new Set(await running());
    assert.deepEqual(
      pods.filter((pod) => !after.has(pod)),
      [],
    );
  });

  it("leaves every object, password and volume as it was, and the champion predicts the same", async () => {
    assert.deepEqual(await identities(), lasting);
    assert.deepEqual(await contents(), content);
    assert.deepEqual(await storedRows(), rows);
    assert.deepEqual(await predict(), answer);
  });

  it("gives a deployment nothing to change, and removes no kind of the platform's", async () => {
    if ((await engine()) === "pulumi") {
      const said = await npm("deploy", "--yes", "--dirty", "--refresh");
      assert.match(said, /Resources:\s+\d+ unchanged\s/);
    } else await sandbox("up");
    assert.deepEqual(await identities(), lasting);
    assert.deepEqual(await contents(), content);
    assert.deepEqual(await served(), { absent: [], deprecated: [] });
  });

  it("goes on with autoscalers, schedules and new pods on the same volumes", async () => {
    await until("figures for the autoscaler", async () => {
      const path = 'jsonpath={.status.conditions[?(@.type=="ScalingActive")].reason}';
      return (await kubectl("get", `hpa/${API}`, "-o", path)) === "ValidMetricFound";
    });
    await oneReplicaMore();
    await scheduledBackup();
    await noneFails("new pods", async () => {
      await kubectl("delete", "pod", "postgres-0");
      await rolledOut("statefulset/postgres");
      await kubectl("rollout", "restart", `deployment/${API}`, "deployment/mlflow");
      await rolledOut(`deployment/${API}`);
      await rolledOut("deployment/mlflow");
    });
    assert.deepEqual(await storedRows(), rows);
    assert.deepEqual(await predict(), answer);
  });
});

async function end(name: string): Promise<void> {
  const record = (await records()).find((one) => one.name === name);
  assert(record, `${name} does not run`);
  await stop(record);
}

/** Of the API server and of the node's kubelet. */
async function versions(): Promise<[string, string]> {
  const { gitVersion } = JSON.parse(await kubectl("get", "--raw", "/version")) as {
    gitVersion: string;
  };
  const path = "jsonpath={.items[0].status.nodeInfo.kubeletVersion}";
  return [gitVersion, await kubectl("get", "nodes", "-o", path)];
}

/** Lets the autoscaler add one. */
async function oneReplicaMore(): Promise<void> {
  const read = async (object: string, field: string) =>
    Number(await kubectl("get", object, "-o", `jsonpath={.spec.${field}}`));
  const least = (minReplicas: number) =>
    kubectl("patch", "hpa", API, "-p", JSON.stringify({ spec: { minReplicas } }));
  const [few, most] = [
    await read(`hpa/${API}`, "minReplicas"),
    await read(`hpa/${API}`, "maxReplicas"),
  ];
  const now = () => read(`deployment/${API}`, "replicas");
  // What the load added before.
  await until("room for more replicas", async () => (await now()) < most, 420);
  const more = (await now()) + 1;
  await least(more);
  try {
    await readyReplicas(API, more);
  } finally {
    await least(few);
  }
}

/** Lets the schedule of the backups begin one, and waits for its end. */
async function scheduledBackup(): Promise<void> {
  interface Job {
    metadata: { ownerReferences?: object[] };
    status: { succeeded?: number; active?: number };
  }
  const jobs = async () =>
    (await objects<Job>("jobs", "-l", "app.kubernetes.io/name=backup")).filter(
      ({ metadata }) => metadata.ownerReferences,
    );
  const { spec } = JSON.parse(await kubectl("get", "cronjob", "backup", "-o", "json")) as {
    spec: { schedule: string };
  };
  const at = (schedule: string) =>
    kubectl("patch", "cronjob", "backup", "-p", JSON.stringify({ spec: { schedule } }));
  await at("* * * * *");
  try {
    const done = async () => (await jobs()).some(({ status }) => status.succeeded);
    await until("a backup on schedule", done, 240);
  } finally {
    await at(spec.schedule);
    await until("no backup at work", async () => (await jobs()).every((job) => !job.status.active));
  }
}
