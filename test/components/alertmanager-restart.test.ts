import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "../../tools/lib/http.ts";
import { PlayedReceiver, alertingMissing } from "../support/alerting-world.ts";
import { type Described, at, stack } from "../support/evaluation.ts";
import { end, freePort } from "../support/processes.ts";

describe("a real Alertmanager that starts anew", function () {
  this.timeout(120_000);
  const reason = alertingMissing();
  if (reason !== undefined) {
    it.skip(`cannot be played: ${reason}`);
    return;
  }
  const receiver = new PlayedReceiver();
  const folder = mkdtempSync(join(tmpdir(), "slipway-alertmanager-"));
  const never = new AbortController().signal;
  let described: Described;
  let running: ChildProcess | undefined;
  let url = "";

  before(async () => {
    const receivers = [{ kind: "webhook", url: await receiver.start() }];
    described = await stack("dev", { monitoring: { alerts: { receivers } } });
    const files = at(described.object("Secret", "alertmanager"), "stringData");
    const config = (files as Record<string, string>)["alertmanager.yml"] ?? "";
    writeFileSync(join(folder, "alertmanager.yml"), config);
  });
  after(async () => {
    if (running) await end(running);
    receiver.stop();
    rmSync(folder, { recursive: true });
  });

  /** As its container runs it, with these data. */
  async function start(data: string): Promise<void> {
    const server = at(
      described.object("StatefulSet", "alertmanager"),
      "spec.template.spec.containers.0",
    );
    const mounts = at(server, "volumeMounts") as { name: string; mountPath: string }[];
    const mounted = mounts.find(({ name }) => name === "data")?.mountPath ?? "";
    const args = (at(server, "args") as string[]).map((arg) =>
      arg
        .replace(/^--config\.file=.*/, "--config.file=alertmanager.yml")
        .replace(`=${mounted}`, `=${data}`)
        .replace("maintenance-interval=1m", "maintenance-interval=1s"),
    );
    assert.ok(args.includes(`--storage.path=${data}`));
    const listen = `127.0.0.1:${await freePort()}`;
    url = `http://${listen}`;
    running = spawn("prometheus-alertmanager", [...args, `--web.listen-address=${listen}`], {
      ...{ cwd: folder, stdio: "ignore" },
    });
    await waitFor(`${url}/-/ready`, 30, never);
  }

  async function post(path: string, body: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    const sent = { method: "POST", headers, body: JSON.stringify(body) };
    assert.ok((await fetch(`${url}/api/v2/${path}`, sent)).ok);
  }

  /** The alert that is told within a second, as Prometheus sends it again and again. */
  const fire = () =>
    post("alerts", [{ labels: { alertname: "AlertTest", severity: "critical" }, annotations: {} }]);

  const silences = async () =>
    ((await (await fetch(`${url}/api/v2/silences`)).json()) as { comment: string }[]).map(
      ({ comment }) => comment,
    );

  async function tells(count: number): Promise<void> {
    for (let tries = 0; tries < 50 && receiver.alerts.length < count; tries++) await pause(100);
    // Who tells twice does so within the second that a group waits.
    await pause(1500);
    assert.equal(receiver.alerts.length, count);
  }

  it("knows its silences, and tells nothing twice", async () => {
    await start("kept");
    await fire();
    await tells(1);
    const matchers = [{ name: "alertname", value: "FeatureDrift", isRegex: false }];
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const silence = { matchers, startsAt: new Date().toISOString(), endsAt };
    await post("silences", { ...silence, createdBy: "test", comment: "until Monday" });
    assert.ok(running);
    await end(running);

    await start("kept");
    assert.deepEqual(await silences(), ["until Monday"]);
    await fire();
    await tells(1);
  });

  it("knows them after it was killed, as it writes them down every so often", async () => {
    await pause(2500);
    running?.kill("SIGKILL");
    await start("kept");
    assert.deepEqual(await silences(), ["until Monday"]);
    await fire();
    await tells(1);
  });

  it("would know and have told nothing without its volume", async () => {
    assert.ok(running);
    await end(running);
    await start("empty");
    assert.deepEqual(await silences(), []);
    await fire();
    await tells(2);
  });
});
