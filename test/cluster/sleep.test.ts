import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { NODE_PORTS, PORTS } from "../../components/well-known.ts";
import { CONFIG_FILE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { npm, servedVersion } from "./support/commands.ts";
import { underLoad } from "./support/constant-load.ts";
import {
  PATIENT,
  engine,
  kubectl,
  needPulumi,
  nodeUrl,
  objects,
  predict,
  until,
} from "./support/sandbox.ts";
import { long } from "../support/long.ts";

const MODEL = "diabetes-model";
/** Hours that nearly never come: what is asked for is played here, the clock in test/tools/sleep-schedule. */
const SLEEP = { at: "0 20 29 2 *", wakeAt: "0 21 29 2 *", apiServer: ["10.96.0.1/32"] };

describe("an environment that sleeps", () => {
  /** The stack file from before; without the CLI of Pulumi no edit can be deployed, and there is no schedule. */
  let file: string | undefined;
  before(async function () {
    this.timeout(300_000);
    if ((await engine()) !== "pulumi") return;
    file = await readFile(CONFIG_FILE, "utf8");
    editStackFile(CONFIG_FILE, { "slipway:sleep": SLEEP });
    await npm("deploy", "--yes", "--dirty");
  });
  after(async function () {
    this.timeout(300_000);
    if (file === undefined) {
      await npm("wake");
      return;
    }
    await writeFile(CONFIG_FILE, file);
    await npm("deploy", "--yes", "--dirty");
    const kinds = "deployments,roles,serviceaccounts,endpointslices";
    assert.doesNotMatch(await kubectl("get", kinds, "-o", "name"), /sleep/);
  });

  const scales = async () => {
    const all = await objects<{ metadata: { name: string }; spec: { replicas: number } }>(
      "deployments,statefulsets",
    );
    return Object.fromEntries(all.map(({ metadata, spec }) => [metadata.name, spec.replicas]));
  };
  const resting = async () =>
    Object.entries(await scales()).every(
      ([name, replicas]) => replicas === (name === "sleep-schedule" ? 1 : 0),
    );
  const schedule = async (path = "", init: RequestInit = {}) => {
    const get = ["get", "service/sleep-schedule", "-o", "jsonpath={.spec.clusterIP}"];
    const url = `http://${await kubectl(...get)}:${PORTS.sleepSchedule}/environment${path}`;
    const response = await fetch(url, init);
    const body = (await response.json()) as { state: string; spared?: { hours: number } };
    return { status: response.status, body };
  };
  const ask = async (path: string, init: RequestInit = {}) =>
    fetch(`${await nodeUrl(NODE_PORTS.firstModel)}${path}`, {
      ...init,
      headers: { "content-type": "application/json", connection: "close" },
    });

  it("rests at nothing but its schedule, and neither autoscalers nor probes wake it", async function () {
    this.timeout(600_000);
    const quiet = await underLoad(() => npm("history"));
    assert.deepEqual(quiet.failures, []);
    assert.match(await npm("sleep"), /is asleep/);
    assert.ok(await resting());
    const alive = await objects<{ metadata: { name: string }; status: { phase: string } }>("pods");
    const running = alive.filter(({ status }) => status.phase === "Running");
    assert.deepEqual(
      running.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]+-\w+$/, "")),
      file === undefined ? [] : ["sleep-schedule"],
    );
    assert.match(await npm("sleep"), /asleep already/);
    await assert.rejects(npm("rollback", "--model", MODEL), /has been asleep since/);
    // Longer than an autoscaler needs to look twice.
    const end = Date.now() + 35_000;
    while (Date.now() < end) {
      const answer = await ask("/health").catch(() => undefined);
      assert.equal(answer?.status, file === undefined ? undefined : 503);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    assert.ok(await resting());
  });

  it("answers a prediction with when to come again, wakes, and answers", async function () {
    this.timeout(600_000);
    await needPulumi(this);
    const body = JSON.stringify(PATIENT);
    const first = await ask("/predict", { method: "POST", body });
    const began = Date.now();
    assert.equal(first.status, 503);
    assert.match(first.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    assert.match(await first.text(), /it is being woken, try again in \d+ s/);
    const answered = async () => (await ask("/predict", { method: "POST", body })).ok;
    await until("a prediction", answered, 240);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    process.stdout.write(`      a prediction ${seconds} s after the first request\n`);
    await until("awake", async () => (await schedule()).body.state === "awake", 240);
    assert.ok(((await schedule()).body.spared?.hours ?? 0) > 0);
    const load = await underLoad(() => predict());
    assert.deepEqual(load.failures, []);
    assert.match(await npm("history"), /wake .*sleep-schedule .*a request for \/predict/);
  });

  long(
    "sleeps by token, and wakes by a person's command with the version from before",
    async function () {
      this.timeout(600_000);
      await needPulumi(this);
      const version = await servedVersion();
      const before = await scales();
      const template = "go-template={{.data.password | base64decode}}";
      const token = await kubectl("get", "secret/sleep-schedule-token", "-o", template);
      assert.equal((await schedule("/sleep", { method: "POST" })).status, 401);
      const headers = { authorization: `Bearer ${token}` };
      assert.equal((await schedule("/sleep", { method: "POST", headers })).status, 202);
      await until("asleep", async () => (await schedule()).body.state === "asleep", 240);
      assert.ok(await resting());

      assert.match(await npm("wake"), new RegExp(`"name":"${MODEL}","version":"${version}"`));
      await until("the replicas from before", async () => {
        const now = await scales();
        return Object.keys(before).every((name) => (now[name] ?? 0) >= 1);
      });
      const load = await underLoad(() => predict());
      assert.deepEqual(load.failures, []);
      assert.equal(await servedVersion(), version);
    },
  );
});
