import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HELD } from "../../../components/lib/environment-marker.ts";
import { kubectlFor } from "../../../tools/lib/kubectl.ts";
import type { Place } from "../../../tools/lib/stack/environment.ts";
import { readRecords } from "../../../tools/lib/stack/history.ts";
import { holdAwake } from "../../../tools/lib/stack/hold-awake.ts";
import { type Objects, kubectlObjects } from "../../../tools/lib/stack/objects.ts";
import { sleepEnvironment } from "../../../tools/lib/stack/sleep-environment.ts";
import { asleepSince } from "../../../tools/lib/stack/sleep-mark.ts";
import { wakeEnvironment } from "../../../tools/lib/stack/wake-environment.ts";
import { apiObjects } from "../../../tools/sleep-schedule/api-objects.ts";
import { Schedule } from "../../../tools/sleep-schedule/schedule.ts";
import { standIn } from "../../../tools/sleep-schedule/stand-ins.ts";
import { NO_SERVER, serverPrograms, startApiServer } from "../../support/api-server.ts";
import { stack } from "../../support/evaluation.ts";
import { end, freePort } from "../../support/processes.ts";
import { ENDLESS, WORKLOAD_CONTROLLERS, standInKubelet } from "../../support/stand-in-kubelet.ts";

const NAMESPACE = "slipway-dev";
const HOURS = { at: "0 20 * * *", wakeAt: "0 7 * * *", timeZone: "UTC" };
const SETTINGS = { ...HOURS, wakeOnRequest: true, awakeMinutes: 60 };
const programs = serverPrograms();
const at = (time: string) => new Date(`2026-01-${time}:00Z`);

const labels = (name: string, component: string) => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/instance": NAMESPACE,
  "app.kubernetes.io/component": component,
});

function workload(name: string, component: string, replicas: number, reaches: string[] = []) {
  const access = Object.fromEntries(reaches.map((each) => [`slipway/access-${each}`, "true"]));
  const requests = { cpu: "500m", memory: "1Gi" };
  const pod = { containers: [{ name: "main", image: "none", resources: { requests } }] };
  const selector = { matchLabels: { "app.kubernetes.io/name": name } };
  const template = { metadata: { labels: { ...labels(name, component), ...access } }, spec: pod };
  const metadata = { name, labels: labels(name, component) };
  const spec = { replicas, selector, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec };
}

function service(name: string, of: string, more: object = {}) {
  const ports = [{ name: "http", port: 8000, targetPort: "http" }];
  const spec = { selector: { "app.kubernetes.io/name": of }, ports, ...more };
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

function job(name: string) {
  const containers = [{ name: "main", image: "none" }];
  const template = {
    metadata: { labels: { [ENDLESS]: "true" } },
    spec: { restartPolicy: "Never", containers },
  };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template } };
}

describe(`the sleep schedule on a real API${programs ? "" : ` (skipped: ${NO_SERVER})`}`, function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "slipway-schedule-"));
  const undo: (() => Promise<void> | void)[] = [];
  let kubectl: ReturnType<typeof kubectlFor>;
  /** As a person has it, and as the pod has it. */
  let person: Place;
  let pod: Place;
  let schedule: Schedule;
  const told: string[] = [];

  before(async function () {
    if (programs === undefined) {
      this.skip();
      return;
    }
    const server = await startApiServer(programs, WORKLOAD_CONTROLLERS);
    undo.unshift(() => server.stop());
    undo.unshift(standInKubelet(programs.kubectl, server.kubeconfig));
    const env = { KUBECONFIG: server.kubeconfig };
    kubectl = kubectlFor({ kubectl: programs.kubectl, context: "bare", env });
    await kubectl(["create", "namespace", NAMESPACE]);
    const { objects } = await stack("dev", { sleep: { ...HOURS, apiServer: ["10.0.0.1/32"] } });
    const kinds = ["ServiceAccount", "Role", "RoleBinding", "ConfigMap"];
    const account = objects.filter(
      ({ kind, metadata }) => kinds.includes(kind) && metadata.name === "sleep-schedule",
    );
    assert.equal(account.length, kinds.length);
    await apply(
      ...account,
      workload("postgres", "database", 1),
      workload("iris-model-api", "serving", 2, ["postgres"]),
      workload("ui", "ui", 1, ["iris-model-api"]),
      workload("sleep-schedule", "sleep-schedule", 1),
      service("iris-model-api", "iris-model-api"),
      service("node-port-30800", "iris-model-api"),
      service("iris-model-api-pods", "iris-model-api", { clusterIP: "None" }),
      service("postgres", "postgres"),
    );
    const proxy = await proxyOfPod(programs.kubectl, server.kubeconfig);
    const common = { instance: NAMESPACE, namespace: NAMESPACE, shared: false };
    person = { ...common, objects: kubectlObjects(kubectl, NAMESPACE) };
    pod = { ...common, objects: apiObjects(proxy, NAMESPACE) };
    schedule = new Schedule(pod, "sleep-schedule", SETTINGS, (line) => told.push(line));
  });

  after(async () => {
    for (const step of undo) await step();
    rmSync(folder, { recursive: true });
  });

  async function apply(...objects: object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const how = ["--server-side", "--field-manager=program", "-f", "-"];
    await kubectl(["-n", NAMESPACE, "apply", ...how], { input: list });
  }

  /** Requests with the token of the pod's account, and its rights alone. */
  async function proxyOfPod(program: string, kubeconfig: string) {
    const create = ["-n", NAMESPACE, "create", "token", "sleep-schedule"];
    const token = (await kubectl(create)).stdout;
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, token);
    const port = await freePort();
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const proxy: ChildProcess = spawn(program, ["proxy", `--port=${port}`], { env });
    undo.unshift(() => end(proxy));
    await new Promise<void>((resolve) =>
      proxy.stdout?.once("data", () => {
        resolve();
      }),
    );
    return { server: `http://127.0.0.1:${port}`, tokenFile };
  }

  const scales = async () => {
    const all = await person.objects.list<{
      metadata: { name: string };
      spec: { replicas: number };
    }>("Deployment", []);
    return Object.fromEntries(all.map(({ metadata, spec }) => [metadata.name, spec.replicas]));
  };
  const AWAKE = { postgres: 1, "iris-model-api": 2, ui: 1, "sleep-schedule": 1 };
  const ASLEEP = { postgres: 0, "iris-model-api": 0, ui: 0, "sleep-schedule": 1 };
  const lead = async (asleep: boolean) => {
    const uid = (await schedule.object())?.metadata.uid ?? "";
    const owner = { name: "sleep-schedule", uid };
    return standIn(pod, asleep, { address: "10.244.0.9", port: 8090, owner });
  };
  const slices = async () => {
    const selector = "endpointslice.kubernetes.io/managed-by=sleep-schedule";
    const get = ["-n", NAMESPACE, "get", "endpointslices", "-l", selector, "-o", "name"];
    return (await kubectl(get)).stdout.split("\n").filter(Boolean).sort();
  };

  it("leaves all as it is until its first turn", async () => {
    await schedule.look(at("07T12:00"));
    assert.deepEqual(await scales(), AWAKE);
    assert.equal((await schedule.state()).state, "awake");
    assert.deepEqual(await lead(false), []);
  });

  it("lets all but itself sleep at its turn, and says so in the history", async () => {
    await schedule.look(at("07T20:00"));
    assert.deepEqual(await scales(), ASLEEP);
    assert.notEqual(await asleepSince(person), undefined);
    const [entry] = await readRecords(person);
    const { event, by, result, note } = entry ?? {};
    assert.deepEqual([event, by, result, note], ["sleep", "sleep-schedule", "ok", "its schedule"]);
    const state = await schedule.state(at("07T22:00"));
    assert.equal(state.state, "asleep");
    assert.equal(state.next.wake, "2026-01-08T07:00:00.000Z");
  });

  it("stands in for APIs at each address that people have, and for no database", async () => {
    const names = ["iris-model-api", "node-port-30800"];
    assert.deepEqual((await lead(true)).sort(), names);
    const expected = names.map((name) => `endpointslice.discovery.k8s.io/${name}-asleep`);
    assert.deepEqual(await slices(), expected);
    // Again changes nothing.
    assert.deepEqual((await lead(true)).sort(), names);
  });

  it("is woken by a person's own command, which it leaves awake until its next turn", async () => {
    assert.deepEqual(await wakeEnvironment(person, 60), []);
    await schedule.look(at("07T23:00"));
    assert.deepEqual(await scales(), AWAKE);
    assert.equal(await asleepSince(person), undefined);
    assert.deepEqual(await lead((await schedule.state()).state !== "awake"), []);
    assert.deepEqual(await slices(), []);
  });

  it("wakes what a person let sleep, when it is asked, and counts what was spared", async () => {
    await sleepEnvironment(person, false);
    assert.equal((await schedule.state()).state, "asleep");
    await schedule.ask("awake", "a request for /predict");
    assert.equal((await schedule.state()).state, "waking");
    await schedule.look(at("07T23:30"));
    assert.deepEqual(await scales(), AWAKE);
    const { spared, awakeUntil } = await schedule.state();
    assert.ok((spared?.hours ?? 0) > 0);
    // Four pods of half a core and one GiB.
    const { hours = 0, cpuHours = 0, memoryGibHours = 0 } = spared ?? {};
    assert.deepEqual(
      [(cpuHours / hours).toFixed(3), (memoryGibHours / hours).toFixed(3)],
      ["2.000", "4.000"],
    );
    assert.equal(awakeUntil, "2026-01-08T00:30:00.000Z");
    assert.match((await readRecords(person)).at(-1)?.note ?? "", /a request for \/predict/);
  });

  it("lets it sleep again after the minutes out of hours", async () => {
    await schedule.look(at("08T00:29"));
    assert.deepEqual(await scales(), AWAKE);
    await schedule.look(at("08T00:30"));
    assert.deepEqual(await scales(), ASLEEP);
    await schedule.look(at("08T07:00"));
    assert.deepEqual(await scales(), AWAKE);
  });

  it("waits for a training that runs, and says so", async () => {
    await apply(job("nightly"));
    await until(async () => {
      const jobs = await person.objects.list<{ status: { active?: number } }>("Job", []);
      return jobs[0]?.status.active === 1;
    });
    await assert.rejects(schedule.ask("asleep", "a person"), /at work in slipway-dev: nightly/);
    await schedule.look(at("08T20:00"));
    assert.deepEqual(await scales(), AWAKE);
    assert.match((await schedule.state()).waiting ?? "", /at work in slipway-dev: nightly/);
    await schedule.look(at("08T20:01"));
    assert.equal(told.filter((line) => line.includes("nightly")).length, 1);
    await kubectl(["-n", NAMESPACE, "delete", "job", "nightly"]);
  });

  it("waits for a command that is at work, and not for one that was killed", async () => {
    await holdAwake(person, async () => {
      await schedule.look(at("08T20:02"));
      assert.deepEqual(await scales(), AWAKE);
      assert.match((await schedule.state()).waiting ?? "", /a command is at work in it/);
    });
    const killed = { [HELD]: at("08T21:00").toISOString() };
    const set = Object.entries(killed).map((pair) => pair.join("="));
    await kubectl(["-n", NAMESPACE, "annotate", "configmap", "sleep-schedule", ...set]);
    await schedule.look(at("08T20:03"));
    assert.deepEqual(await scales(), AWAKE);
    await schedule.look(at("08T21:00"));
    assert.deepEqual(await scales(), ASLEEP);
  });

  it("goes on where it was killed in the middle", async () => {
    await schedule.ask("awake", "a person");
    const broken: Objects = {
      ...pod.objects,
      apply: (object, manager) =>
        object.kind === "Deployment" && object.metadata.name === "ui"
          ? Promise.reject(new Error("killed"))
          : pod.objects.apply(object, manager),
    };
    const first = new Schedule({ ...pod, objects: broken }, "sleep-schedule", SETTINGS, () => {
      // Of no interest.
    });
    await first.ask("awake", "a person");
    await first.look(at("08T22:00"));
    assert.equal((await scales())["ui"], 0);
    await new Schedule(pod, "sleep-schedule", SETTINGS, () => {
      // Of no interest.
    }).look(at("08T22:01"));
    assert.deepEqual(await scales(), AWAKE);
    assert.equal(await asleepSince(person), undefined);
  });

  it("may stop and start what is there, and neither read a Secret nor open the namespace", async () => {
    const may = async (verb: string, what: string) => {
      const user = `system:serviceaccount:${NAMESPACE}:sleep-schedule`;
      const ask = ["-n", NAMESPACE, "auth", "can-i", verb, what, "--as", user];
      return (await kubectl(ask, { reject: false })).stdout.trim().split("\n").at(-1);
    };
    assert.equal(await may("patch", "deployments"), "yes");
    for (const [verb, what] of [
      ["get", "secrets"],
      ["list", "secrets"],
      ["create", "pods"],
      ["patch", "namespaces"],
      ["create", "deployments"],
      ["delete", "deployments"],
      ["patch", "roles"],
      ["create", "serviceaccounts/token"],
      ["patch", "networkpolicies"],
    ] as const)
      assert.equal(await may(verb, what), "no", `${verb} ${what}`);
  });

  it("reads and writes as kubectl does", async () => {
    for (const { objects } of [person, pod]) {
      const object = {
        apiVersion: "v1",
        kind: "ConfigMap" as const,
        metadata: { name: "proof", namespace: NAMESPACE, labels: { proof: "true" } },
      };
      assert.deepEqual(await objects.list("Cluster", []), []);
      assert.equal(await objects.read(object), undefined);
      assert.equal(await objects.create(object), true);
      assert.equal(await objects.create(object), false);
      await objects.merge(object, { data: { a: "1", b: "2" } });
      await objects.merge(object, { data: { a: null } });
      const [found] = await objects.list<{ kind: string; data: object }>("ConfigMap", [
        "proof=true",
      ]);
      assert.deepEqual([found?.kind, found?.data], ["ConfigMap", { b: "2" }]);
      await person.objects.remove(object);
      await person.objects.remove(object);
      assert.equal(await objects.read(object), undefined);
      await assert.rejects(
        objects.merge(object, { data: {} }),
        /ConfigMap proof cannot be changed/,
      );
    }
    const secret = { kind: "Service" as const, metadata: { name: "postgres" } };
    await assert.rejects(
      pod.objects.read(secret),
      /cannot be read in slipway-dev: 403 .*forbidden/,
    );
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert(tries < 120, "not within a minute");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
