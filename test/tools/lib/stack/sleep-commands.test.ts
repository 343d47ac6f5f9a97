import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { execa } from "execa";
import { openEnvironment } from "../../../../tools/lib/stack/open-environment.ts";
import { type Environment } from "../../../../tools/lib/stack/environment.ts";
import { readRecords } from "../../../../tools/lib/stack/history.ts";
import { asleepSince } from "../../../../tools/lib/stack/sleep-mark.ts";
import { listWorkloads } from "../../../../tools/lib/stack/workloads.ts";
import { renderStack } from "../../../../tools/lib/program/manifests.ts";
import { rawStack } from "../../../../tools/lib/stack/stack-file.ts";
import { ROOT } from "../../../../tools/lib/paths.ts";
import { setEnvironment } from "../../../support/environment.ts";
import {
  ENDLESS,
  standInKubelet,
  WORKLOAD_CONTROLLERS,
} from "../../../support/stand-in-kubelet.ts";
import { NO_SERVER, serverPrograms, startApiServer } from "../../../support/api-server.ts";
import { playApi } from "../../../support/played-api.ts";

const programs = serverPrograms();
const reason = programs ? "" : NO_SERVER;
const TRAINING = "endless-training";

describe(`npm run sleep and npm run wake${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(300_000);
  let environment: Environment;
  let env: Record<string, string>;
  let awake: Record<string, number>;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if (programs === undefined) {
      this.skip();
      return;
    }
    const server = await startApiServer(programs, WORKLOAD_CONTROLLERS);
    undo.unshift(() => server.stop());
    undo.unshift(standInKubelet(programs.kubectl, server.kubeconfig));
    const api = await playApi(programs.kubectl, (_, response) => {
      response.end(JSON.stringify({ model: { name: "any", version: "4" } }));
    });
    undo.unshift(api.stop);
    env = {
      PATH: [api.folder, dirname(programs.kubectl), process.env["PATH"]].join(delimiter),
      KUBECONFIG: server.kubeconfig,
    };
    undo.unshift(setEnvironment(env));
    await deploy(programs.kubectl);
    environment = await openEnvironment({ stack: "dev" });
    await until(async () => (await scales())["ui"] === 2 && (await training()).active === 1);
    awake = await scales();
  });

  after(async () => {
    for (const step of undo) await step();
  });

  /** What `up` makes of dev, and a training that does not end. */
  async function deploy(kubectl: string): Promise<void> {
    const config = { ...rawStack("dev"), cluster: "local" };
    Reflect.deleteProperty(config, "registry");
    const { manifests } = await renderStack("dev", config);
    const job = manifests.find(({ kind }) => kind === "Job");
    const endless = structuredClone(job) as unknown as {
      metadata: { name: string };
      spec: { template: { metadata: { labels: Record<string, string> } } };
    };
    endless.metadata.name = TRAINING;
    endless.spec.template.metadata.labels[ENDLESS] = "true";
    const items = [...manifests, endless];
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await execa(kubectl, ["apply", "--server-side", "-f", "-"], { input });
  }

  const scales = async () => {
    const all = await listWorkloads(environment, "Deployment", "StatefulSet");
    return Object.fromEntries(all.map(({ metadata, spec }) => [metadata.name, spec.replicas ?? 1]));
  };
  const training = async () => {
    const jobs = await listWorkloads(environment, "Job");
    const { spec, status } = jobs.find(({ metadata }) => metadata.name === TRAINING) ?? {};
    return { suspended: spec?.suspend ?? false, active: status?.active ?? 0 };
  };
  const until = async (holds: () => Promise<boolean>) => {
    for (let tries = 0; !(await holds()); tries++) {
      assert(tries < 120, "not within a minute");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  const words = (command: string, args: string[]) => {
    return ["--import", "tsx", `tools/ops/${command}.ts`, "--stack", "dev", ...args];
  };
  const run = (command: string, ...args: string[]) =>
    execa("node", words(command, args), { cwd: ROOT, env, reject: false });

  /** Runs a command until its output matches, then presses Ctrl-C: every process of its group is told. */
  async function interrupted(when: RegExp, command: string, ...args: string[]): Promise<void> {
    const options = { cwd: ROOT, env: { ...process.env, ...env }, detached: true } as const;
    const child = spawn("node", words(command, args), options);
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const before = when.test(said);
      said += chunk.toString();
      if (!before && when.test(said)) process.kill(-(child.pid ?? 0), "SIGINT");
    });
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    assert.equal(signal, "SIGINT", `ended with ${code ?? ""}: ${said}`);
  }
  const part = async () => {
    const zeros = Object.values(await scales()).filter((replicas) => replicas === 0).length;
    return zeros > 0 && zeros < Object.keys(awake).length;
  };

  it("refuses while a training runs, touches nothing, and says how to sleep all the same", async () => {
    const { exitCode, stderr } = await run("sleep");
    assert.equal(exitCode, 1);
    assert.match(stderr, /^at work in slipway-dev: endless-training; wait for it, .* --force$/);
    assert.deepEqual(await scales(), awake);
    assert.equal(await asleepSince(environment), undefined);
    assert.deepEqual(await training(), { suspended: false, active: 1 });
  });

  it("suspends the training with --force; a Ctrl-C leaves what the next run finishes", async () => {
    await interrupted(/: asleep$/m, "sleep", "--force");
    assert.ok(await part(), JSON.stringify(await scales()));
    assert.notEqual(await asleepSince(environment), undefined);
    const { exitCode, stdout, stderr } = await run("sleep");
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /slipway-dev is asleep; `npm run wake/);
    assert.ok(Object.values(await scales()).every((replicas) => replicas === 0));
    assert.deepEqual(await training(), { suspended: true, active: 0 });
    assert.match((await run("sleep")).stdout, /was asleep already/);
  });

  it("wakes to the replicas of before, and the training begins anew, also after a Ctrl-C", async () => {
    await interrupted(/: woken$/m, "wake");
    assert.ok(await part(), JSON.stringify(await scales()));
    assert.notEqual(await asleepSince(environment), undefined);
    const { exitCode, stdout, stderr } = await run("wake");
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /slipway-dev is awake; a prediction of each model:\niris|diabetes/);
    assert.deepEqual(await scales(), awake);
    assert.equal(await asleepSince(environment), undefined);
    await until(async () => (await training()).active === 1);
    const events = (await readRecords(environment)).map(
      ({ event, result }) => `${event} ${result}`,
    );
    assert.deepEqual(events, ["sleep ok", "wake ok"]);
  });
});
