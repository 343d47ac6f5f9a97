import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../../tools/lib/paths.ts";
import { ModelRegistry } from "../../../tools/ops/mlflow.ts";
import { promotionsOf } from "../../../tools/ops/promotions.ts";
import { type Ready, Start } from "../../support/start-process.ts";

const MODEL = "iris-model";
const PASSWORD = `canary-${randomUUID()}`;

// MLflow, training and serving are real; kubectl alone is played, and leads to them.
describe("npm run rollback -- --model", function () {
  this.timeout(300_000);
  let folder: string;
  let loop: Start;
  let ready: Ready;
  let stubborn: Server;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-rollback-"));
    const args = ["--model", MODEL, "--data-dir", join(folder, "data"), "--port-base", "23000"];
    loop = new Start(args);
    ready = await loop.ready(280);
    stubborn = createServer((_, response) => {
      response.end(JSON.stringify({ model: { name: MODEL, version: "99" } }));
    }).listen(0, "127.0.0.1");
    await once(stubborn, "listening");
    const data = { username: base64("admin"), password: base64(PASSWORD) };
    writeFileSync(join(folder, "secret"), JSON.stringify({ data }));
    const pods = ["iris-1", "iris-2", "stubborn"].map((name) => pod(name));
    writeFileSync(join(folder, "pods"), JSON.stringify({ items: pods.slice(0, 2) }));
    writeFileSync(join(folder, "all-pods"), JSON.stringify({ items: pods }));
    writeFileSync(join(folder, "namespace"), '{"metadata":{}}');
    writeFileSync(join(folder, "kubectl"), kubectl());
    chmodSync(join(folder, "kubectl"), 0o755);
    for (const sha of ["second", "third"]) await train(sha);
    await until(async () => (await served()) === "3");
  });

  after(async () => {
    loop.process.kill("SIGTERM");
    await loop.exited;
    stubborn.close();
    rmSync(folder, { recursive: true });
  });

  const port = (url: string) => new URL(url).port;

  function kubectl(): string {
    const api = ready.models[MODEL] ?? "";
    const forward = (to: string) =>
      `echo "$@" >> ${folder}/forwards; echo "Forwarding from 127.0.0.1:${to} -> 1"; exec sleep 300`;
    const cases = [
      ["config get-contexts", "echo there"],
      ["config current-context", "echo there"],
      ["get namespaces -o name", "echo namespace/slipway-prod; echo namespace/other"],
      [
        "get namespace/slipway-staging",
        'echo "Error from server (NotFound): namespaces" >&2; exit 1',
      ],
      ["get namespace", `cat ${folder}/namespace`],
      // It sleeps by no schedule.
      [
        "get configmap/sleep-schedule",
        'echo "Error from server (NotFound): configmaps" >&2; exit 1',
      ],
      ["get secret mlflow-admin", `cat ${folder}/secret`],
      ["get pods", `cat ${folder}/pods`],
      ["port-forward service/mlflow", forward(port(ready.mlflow))],
      ["port-forward pod/iris", forward(port(api))],
      ["port-forward pod/stubborn", forward(String((stubborn.address() as AddressInfo).port))],
    ].map(([pattern, action]) => `*"${pattern ?? ""}"*) ${action ?? ""};;`);
    return `#!/bin/sh\ncase "$*" in\n${cases.join("\n")}\n*) echo "unexpected: $*" >&2; exit 1;;\nesac\n`;
  }

  async function train(sha: string): Promise<void> {
    const python = join(ROOT, "training/.venv/bin/python");
    const env = {
      PYTHONPATH: join(ROOT, "training/src"),
      MLFLOW_TRACKING_URI: ready.mlflow,
      GIT_SHA: sha,
    };
    await execa({ env })`${python} -m training train ${join(ROOT, "training/models/iris.yaml")}`;
  }

  async function served(): Promise<string> {
    const response = await fetch(`${ready.models[MODEL] ?? ""}/ready`);
    return ((await response.json()) as { model: { version: string } }).model.version;
  }

  async function rollback(...args: string[]) {
    const env = { PATH: [folder, process.env["PATH"]].join(delimiter), GITHUB_ACTOR: "ada" };
    const all = ["tools/ops/rollback.ts", "--stack", "dev", "--model", MODEL, ...args];
    const run = execa("node", ["--import", "tsx", ...all], {
      ...{ cwd: ROOT, env, reject: false, all: true },
    });
    const { exitCode, all: output } = await run;
    assert.ok(!output.includes(PASSWORD) && !output.includes(base64(`admin:${PASSWORD}`)));
    return { exitCode, output };
  }

  const registry = () => new ModelRegistry(ready.mlflow, { log: "nowhere" });

  it("moves the champion back, and every replica follows within ten seconds", async () => {
    const { exitCode, output } = await rollback("--reason", "worse in production");
    assert.equal(exitCode, 0, output);
    assert.match(
      output,
      /dev: champion of iris-model was version 3, is version 2 \(worse in production\)/,
    );
    const seconds = /all 2 replicas serve version 2 after (\d+\.\d) s/.exec(output)?.[1];
    assert(Number(seconds) < 10, output);
    assert.equal(await served(), "2");
    const { aliases } = await registry().model(MODEL);
    assert.equal(aliases["champion"], "2");
    assert.equal(aliases["previous"], "3");
  });

  it("records who did it and why", async () => {
    const last = promotionsOf(await registry().versions(MODEL)).at(-1);
    const { version, by, replaced, reason } = last ?? {};
    assert.deepEqual([version, by, replaced, reason], ["2", "ada", "3", "worse in production"]);
  });

  it("is not undone by a training of what was trained before", async () => {
    await train("third");
    assert.equal((await registry().model(MODEL)).aliases["champion"], "2");
  });

  it("goes further back the second time", async () => {
    const { output } = await rollback();
    assert.match(output, /champion of iris-model was version 2, is version 1/);
  });

  it("says when there is no earlier champion, and names the versions there are", async () => {
    const { exitCode, output } = await rollback();
    assert.equal(exitCode, 1);
    assert.match(output, /no earlier champion than version 1; --to names any of 1, 2, 3/);
  });

  it("goes to a version that it is told, and to no other", async () => {
    assert.match((await rollback("--to", "3")).output, /is version 3/);
    assert.match(
      (await rollback("--to", "3")).output,
      /version 3 of iris-model is champion already/,
    );
    assert.match(
      (await rollback("--to", "7")).output,
      /no version 7 that can be served; it has 1, 2, 3/,
    );
  });

  it("names the replicas that do not follow", async () => {
    writeFileSync(
      join(folder, "pods"),
      JSON.stringify({ items: [pod("iris-1"), pod("stubborn")] }),
    );
    const { exitCode, output } = await rollback("--to", "1");
    assert.equal(exitCode, 1);
    assert.match(output, /do not serve version 1: stubborn \(serves 99\)/);
    assert.doesNotMatch(output, /iris-1 \(/);
  });

  it("says which models, stacks and environments there are", async () => {
    assert.match((await rollback("--model", "irs-model")).output, /registered are iris-model/);
    assert.match((await rollback("--stack", "nope")).output, /there is no Pulumi\.nope\.yaml/);
    assert.match(
      (await rollback("--stack", "staging")).output,
      /namespace slipway-staging is not in cluster 'there', which has slipway-prod/,
    );
    assert.match(
      (await rollback("--context", "away")).output,
      /'away' \(from --context\).*contexts: there/,
    );
  });

  it("asks to be woken first", async () => {
    const annotations = { "slipway/asleep-since": "2026-11-22T02:00:00Z" };
    writeFileSync(join(folder, "namespace"), JSON.stringify({ metadata: { annotations } }));
    assert.match((await rollback()).output, /asleep since .*npm run wake -- --stack dev/);
  });

  it("shows how it is used", async () => {
    const { exitCode, output } = await rollback("--image", "ui");
    assert.equal(exitCode, 2);
    assert.match(output, /give --model or --image\nusage: npm run rollback/);
    assert.match((await rollback("--nonsense")).output, /--nonsense.*\nusage: npm run rollback/s);
  });
});

function pod(name: string) {
  return { metadata: { name }, status: { phase: "Running" } };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert(tries < 60, "not within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
