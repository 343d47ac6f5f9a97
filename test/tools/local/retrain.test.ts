import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { apiName } from "../../../components/well-known.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { EnvironmentWatch } from "../../../ui/src/environment.ts";
import { alertingMissing } from "../../support/alerting-world.ts";
import { ObservedLoop } from "../../support/observed-loop.ts";
import { Start, type Ready } from "../../support/start-process.ts";

/** Says a line of JSON for each training of a changed model. */
interface Retrained {
  retrained: string;
  version?: string;
  failed?: string;
}

// One loop for all: each test goes on from the state that the one before it left.
describe("a running npm start", function () {
  this.timeout(500_000);
  let folder: string;
  let loop: Start;
  let ready: Ready;
  const observed = alertingMissing() === undefined ? new ObservedLoop() : undefined;
  const PORTS = [24010, 24011] as const;
  const MODEL = "size-model";
  const OTHER = "weight-model";

  const data = () => path.join(folder, "data");
  const yaml = (name: string, more = "") =>
    `name: ${name}\ntask: classification\ndata: { source: "csv:sizes.csv" }\ntarget: size\n` +
    `estimator: { class: sklearn.linear_model.LogisticRegression }\n${more}`;
  const rows = (count: number) =>
    ["width,noise,size"].concat(
      Array.from(
        { length: count },
        (_, i) => `${i % 200},${i % 7},${i % 200 > 99 ? "big" : "small"}`,
      ),
    );

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-retrain-"));
    writeFileSync(path.join(folder, "sizes.csv"), rows(200).join("\n"));
    writeFileSync(path.join(folder, "others.csv"), rows(200).join("\n"));
    writeFileSync(path.join(folder, "sizes.yaml"), yaml(MODEL));
    const other = yaml(OTHER).replace("sizes.csv", "others.csv");
    writeFileSync(path.join(folder, "others.yaml"), other);
    const models = ["sizes", "others"].flatMap((name) => [
      "--model",
      path.join(folder, `${name}.yaml`),
    ]);
    await observed?.start({ [MODEL]: PORTS[0], [OTHER]: PORTS[1] });
    const args = [...models, "--data-dir", data(), "--port-base", "24000"];
    loop = new Start(args, observed?.env);
    // Nothing is trained yet, so that what counts errors has one.
    await predictsWith(503);
    ready = await loop.ready(400);
  });

  after(async () => {
    loop.process.kill("SIGTERM");
    await loop.exited;
    await observed?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Asks both models for batches, each enough for a figure of drift, until both have answered so for three seconds: a rate takes two scrapes. */
  async function predictsWith(status: number): Promise<void> {
    const batch = Array.from({ length: 150 }, (_, i) => ({ width: i, noise: i % 7 }));
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify(batch) };
    for (let tries = 0, answered = 0; answered < 10; tries++) {
      assert.ok(tries < 200, `predictions are not answered with ${status}`);
      const answers = await Promise.all(
        PORTS.map((port) =>
          fetch(`http://127.0.0.1:${port}/predict`, request).catch(() => undefined),
        ),
      );
      if (answers.every((answer) => answer?.status === status)) answered += 1;
      await sleep(300);
    }
  }

  async function served(model: string): Promise<string> {
    const response = await fetch(`${ready.models[model] ?? ""}/ready`);
    return ((await response.json()) as { model: { version: string } }).model.version;
  }

  /** What the loop says of the trainings that `change` leads to, once nothing more comes. */
  async function retrained(change: () => void): Promise<Retrained[]> {
    const before = loop.stdout.length;
    change();
    const deadline = Date.now() + 300_000;
    while (!loop.stdout.slice(before).includes("\n")) {
      assert.ok(Date.now() < deadline && loop.process.exitCode === null, loop.stderr);
      await sleep(100);
    }
    await sleep(2500);
    const lines = loop.stdout.slice(before).trim().split("\n");
    return lines.map((line) => JSON.parse(line) as Retrained);
  }

  async function command(name: string, ...args: string[]) {
    const all = ["--import", "tsx", `tools/ops/${name}.ts`, "--data-dir", data(), ...args];
    const env = { GITHUB_ACTOR: "ada" };
    const { exitCode, all: output } = await execa("node", all, {
      ...{ cwd: ROOT, env, reject: false, all: true },
    });
    return { exitCode, output };
  }

  it("trains and serves the one model whose data grew", async () => {
    const answer = await retrained(() => {
      writeFileSync(path.join(folder, "sizes.csv"), rows(260).join("\n"));
    });
    assert.deepEqual(answer, [{ retrained: MODEL, version: "2" }]);
    assert.equal(await served(MODEL), "2");
    assert.equal(await served(OTHER), "1");
  });

  it("trains again for another YAML", async () => {
    const answer = await retrained(() => {
      writeFileSync(path.join(folder, "sizes.yaml"), yaml(MODEL, "split: { test: 0.3 }\n"));
    });
    assert.deepEqual(answer, [{ retrained: MODEL, version: "3" }]);
    assert.equal(await served(MODEL), "3");
  });

  it("says what is wrong with a YAML, and goes on serving what it had", async () => {
    const wrong: [string, RegExp][] = [
      ["spilt: 3\n", /spilt: is no known key/],
      ["labels: [\n", /not valid YAML/],
    ];
    for (const [line, reason] of wrong) {
      const [one, ...more] = await retrained(() => {
        writeFileSync(path.join(folder, "sizes.yaml"), yaml(MODEL, line));
      });
      assert.deepEqual([one?.retrained, more], [MODEL, []]);
      assert.match(one?.failed ?? "", reason);
      assert.match(loop.stderr, reason);
    }
    assert.equal(await served(MODEL), "3");
    assert.equal(loop.process.exitCode, null);
  });

  it("keeps a model's name for good", async () => {
    const [one] = await retrained(() => {
      writeFileSync(path.join(folder, "sizes.yaml"), yaml("length-model"));
    });
    assert.match(one?.failed ?? "", /'name' is length-model now; take size-model back, or stop/);
  });

  it("is rolled back, as an environment on a cluster is", async () => {
    const { exitCode, output } = await command("rollback", "--model", MODEL, "--reason", "worse");
    assert.equal(exitCode, 0, output);
    assert.match(output, /champion of size-model was version 3, is version 2 \(worse\)/);
    assert.match(output, /its replica serves version 2 after \d+\.\d s/);
    assert.equal(await served(MODEL), "2");
    const gone = await command("rollback", "--model", MODEL, "--to", "9");
    assert.match(gone.output, /size-model has no version 9 that can be served; it has 1, 2, 3/);
  });

  it("tells its history", async () => {
    const { exitCode, output } = await command("history");
    assert.equal(exitCode, 0, output);
    const [title, ...lines] = output.split("\n");
    assert.match(title ?? "", /^WHEN \(UTC\) +WHAT +RESULT +MODELS +WHO +NOTE$/);
    assert.match(lines.at(-1) ?? "", / model +ok +.*size-model=2.* +ada +rolled back: worse$/);
    const { output: json } = await command("history", "--json");
    const events = JSON.parse(json) as { models: Record<string, string> }[];
    assert.deepEqual(events.at(-1)?.models, { [MODEL]: "2", [OTHER]: "1" });
  });

  it("compares versions", async () => {
    const { exitCode, output } = await command("compare", "--model", MODEL, "1", "3");
    assert.equal(exitCode, 0, output);
    assert.match(output, /^size-model +version 1 +version 3, previous +CHANGE$/m);
    assert.match(output, /^accuracy +(1\.0000 \(1\.0000 to 1\.0000\) +){2}\+0\.0000$/m);
    assert.match(output, /^rows\.train +\d+ +\d+$/m);
    assert.match(output, /^gate, version 3: passed against version 2$/m);
  });

  it("has a series for every query of the dashboards and the alerts", async function () {
    // The reason is shown by the test of the alerts.
    if (observed === undefined) return void this.skip();
    await observed.tellOfJobs();
    await predictsWith(200);
    assert.deepEqual(await observed.unanswered(), []);
  });

  it("is known to the page by what Prometheus has of it", async function () {
    if (observed === undefined) return void this.skip();
    const apis = [MODEL, OTHER].map((name) => ({ name, url: `http://${apiName(name)}:8000` }));
    const { models, backups } = await new EnvironmentWatch(observed.prometheus, apis).status();
    assert.deepEqual(Object.keys(models), [MODEL, OTHER]);
    const { rate = 0, p50, p99, replicas, drift = [] } = models[MODEL] ?? {};
    assert.ok(rate > 0 && p50 && p99 && p50 <= p99, JSON.stringify(models));
    assert.deepEqual(replicas, { 2: 1 });
    assert.deepEqual(drift.map(({ feature }) => feature).sort(), ["noise", "width"]);
    assert.ok(Date.now() - Date.parse(backups?.made ?? "") < 600_000, JSON.stringify(backups));
  });

  it("is asked for where none runs, and images are left to clusters", async () => {
    const elsewhere = await command("history", "--data-dir", path.join(folder, "nowhere"));
    assert.equal(elsewhere.exitCode, 2);
    assert.match(elsewhere.output, /no `npm start` is ready on .*nowhere: start one .* --stack/);
    const image = await command("rollback", "--image", "ui");
    assert.match(image.output, /--image is of a cluster: name its stack/);
    const both = await command("compare", "--model", MODEL, "--stack", "dev");
    assert.match(both.output, /--data-dir is of an `npm start`, --stack of a cluster/);
    const context = await execa(
      "node",
      ["--import", "tsx", "tools/ops/history.ts", "--context", "x"],
      {
        ...{ cwd: ROOT, reject: false, all: true },
      },
    );
    assert.match(context.all, /--context goes with --stack/);
  });

  it("is found no more once it has ended", async () => {
    loop.process.kill("SIGTERM");
    await loop.exited;
    assert.equal((await command("history")).exitCode, 2);
  });
});
