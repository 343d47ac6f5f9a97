import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openEnvironment } from "../../../../tools/lib/stack/open-environment.ts";
import { type Environment } from "../../../../tools/lib/stack/environment.ts";
import { sleepEnvironment } from "../../../../tools/lib/stack/sleep-environment.ts";
import { asleepSince } from "../../../../tools/lib/stack/sleep-mark.ts";
import { wakeEnvironment } from "../../../../tools/lib/stack/wake-environment.ts";
import { listWorkloads } from "../../../../tools/lib/stack/workloads.ts";
import { standInKubelet, WORKLOAD_CONTROLLERS } from "../../../support/stand-in-kubelet.ts";
import { startApiServer } from "../../../support/api-server.ts";
import { prerequisites } from "../../../support/prerequisites.ts";
import { Workspace } from "../../../support/workspace.ts";

const { cli, programs, reason } = prerequisites(["kubernetes", "random", "command"]);

describe(`an environment that sleeps${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  const stack = "dev";
  let environment: Environment;
  let workspace: Workspace;
  const undo: (() => Promise<void> | void)[] = [];
  const { PATH, KUBECONFIG } = process.env;

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    const server = await startApiServer(programs, WORKLOAD_CONTROLLERS);
    undo.unshift(() => server.stop());
    undo.unshift(standInKubelet(programs.kubectl, server.kubeconfig));
    process.env["PATH"] = `${dirname(programs.kubectl)}:${PATH ?? ""}`;
    process.env["KUBECONFIG"] = server.kubeconfig;
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    // The images of a sandbox need no registry; the rest is dev's.
    const file = join(workspace.root, `Pulumi.${stack}.yaml`);
    const text = readFileSync(file, "utf8").replace(/ {2}slipway:registry:\n( {4}.*\n)+/, "");
    writeFileSync(file, `${text}  slipway:cluster: local\n`);
    appendFileSync(file, "  slipway:wait: false\n");
    workspace.run("stack", "init", stack);
    workspace.commit("no node");
    workspace.change("up", stack);
    environment = await openEnvironment({ stack });
  });

  after(async () => {
    process.env["PATH"] = PATH;
    if (KUBECONFIG === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = KUBECONFIG;
    for (const step of undo) await step();
  });

  const scales = async () => {
    const all = await listWorkloads(environment, "Deployment", "StatefulSet");
    return Object.fromEntries(all.map(({ metadata, spec }) => [metadata.name, spec.replicas ?? 1]));
  };
  const none = async () => Object.values(await scales()).every((replicas) => replicas === 0);
  const pods = async () =>
    (await environment.kubectl(["-n", environment.namespace, "get", "pods", "-o", "name"])).stdout;
  const until = async (holds: () => Promise<boolean>) => {
    for (let tries = 0; !(await holds()); tries++) {
      assert(tries < 120, "not within a minute");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };

  let awake: Record<string, number>;

  it("has no pod left, and its autoscalers rest", async () => {
    await until(async () => (await scales())["ui"] === 2);
    awake = await scales();
    assert.equal(awake["postgres"], 1);
    await until(async () => {
      const jobs = await listWorkloads(environment, "Job");
      return jobs.every(({ status }) => !status?.active);
    });
    assert.equal(await sleepEnvironment(environment, false), true);
    assert(await none());
    assert.doesNotMatch(await pods(), /postgres|mlflow|api|ui|prometheus/);
    assert.notEqual(await asleepSince(environment), undefined);
    // Two rounds of the autoscaler's fifteen seconds.
    await new Promise((resolve) => setTimeout(resolve, 32_000));
    assert(await none());
    const path = '{.items[*].status.conditions[?(@.type=="ScalingActive")].reason}';
    const get = ["-n", environment.namespace, "get", "hpa", "-o", `jsonpath=${path}`];
    const { stdout } = await environment.kubectl(get);
    assert.deepEqual(new Set(stdout.split(" ")), new Set(["ScalingDisabled"]));
  });

  it("stays as it is when it is put to sleep again", async () => {
    assert.equal(await sleepEnvironment(environment, false), false);
    assert(await none());
  });

  it("is not woken by an `up`, also not by one that changes every object", async () => {
    const file = join(workspace.root, `Pulumi.${stack}.yaml`);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/slipway:wait: .*/, "slipway:wait: true"));
    const started = Date.now();
    const { touched } = workspace.change("up", stack);
    assert(
      touched.some((line) => line.includes("Deployment")),
      touched.join("\n"),
    );
    assert(Date.now() - started < 120_000, `took ${Date.now() - started} ms`);
    const asleep = Object.fromEntries(Object.keys(awake).map((name) => [name, 0]));
    assert.deepEqual(await scales(), asleep);
    assert.deepEqual(workspace.change("refresh", stack).touched, []);
    assert.deepEqual(workspace.change("up", stack).touched, []);
    assert.deepEqual(await scales(), asleep);
  });

  it("has the replicas that it had after waking", async () => {
    await wakeEnvironment(environment);
    assert.deepEqual(await scales(), awake);
    assert.equal(await asleepSince(environment), undefined);
    const file = join(workspace.root, `Pulumi.${stack}.yaml`);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/slipway:wait: .*/, "slipway:wait: false"),
    );
    assert(workspace.change("up", stack).touched.length > 0);
    assert.deepEqual(await scales(), awake);
    assert.deepEqual(workspace.change("refresh", stack).touched, []);
  });
});
