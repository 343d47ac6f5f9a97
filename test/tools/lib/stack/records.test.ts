import assert from "node:assert/strict";
import { dirname } from "node:path";
import { openCluster } from "../../../../tools/lib/stack/open-environment.ts";
import { type Environment } from "../../../../tools/lib/stack/environment.ts";
import { readRecords } from "../../../../tools/lib/stack/history.ts";
import { record } from "../../../../tools/lib/stack/records.ts";
import { asleepSince, markAsleep, needAwake } from "../../../../tools/lib/stack/sleep-mark.ts";
import { setEnvironment } from "../../../support/environment.ts";
import { NO_SERVER, serverPrograms, startApiServer } from "../../../support/api-server.ts";

const programs = serverPrograms();
const reason = programs ? "" : NO_SERVER;

describe(`the record of what was done${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(180_000);
  let environment: Environment;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if (programs === undefined) {
      this.skip();
      return;
    }
    const server = await startApiServer(programs);
    undo.unshift(() => server.stop());
    const PATH = `${dirname(programs.kubectl)}:${process.env["PATH"] ?? ""}`;
    undo.unshift(setEnvironment({ PATH, KUBECONFIG: server.kubeconfig }));
    environment = await openCluster({ stack: "dev" });
    await environment.kubectl(["create", "namespace", environment.namespace]);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  it("is empty at first", async () => {
    assert.deepEqual(await readRecords(environment), []);
  });

  it("keeps what two commands write at once", async () => {
    const both = await Promise.all([
      record(environment, {
        event: "deploy",
        result: "ok",
        sha: "1".repeat(40),
        models: { iris: "1" },
      }),
      record(environment, { event: "sleep", result: "ok" }),
    ]);
    const found = await readRecords(environment);
    assert.deepEqual(new Set(found.map(({ event }) => event)), new Set(["deploy", "sleep"]));
    assert.equal(found.find(({ event }) => event === "deploy")?.sha, both[0].sha);
  });

  it("holds the last hundred, the oldest goes first", async () => {
    const before = await readRecords(environment);
    const data = Object.fromEntries(
      Array.from({ length: 99 }, (_, index) => {
        const at = new Date(Date.UTC(2027, 0, 1, 0, index)).toISOString();
        const entry = { at, event: "deploy", by: "ci", result: "ok", note: String(index) };
        return [at.replaceAll(":", "-"), JSON.stringify(entry)];
      }),
    );
    const patch = ["-n", environment.namespace, "patch", "configmap", "slipway-history"];
    await environment.kubectl([...patch, "--type=merge", "-p", JSON.stringify({ data })]);
    await record(environment, { event: "wake", result: "ok" });
    const after = await readRecords(environment);
    assert.equal(after.length, 100);
    assert.ok(!after.some(({ at }) => before.some((old) => old.at === at)));
    assert.ok(after.some(({ note }) => note === "98"));
  });

  it("knows since when the environment sleeps", async () => {
    assert.equal(await asleepSince(environment), undefined);
    await needAwake(environment);
    await markAsleep(environment, "2026-11-22T02:00:00Z");
    assert.equal(await asleepSince(environment), "2026-11-22T02:00:00Z");
    await assert.rejects(needAwake(environment), /asleep since 2026-11-22T02:00:00Z/);
    await markAsleep(environment, null);
    await needAwake(environment);
  });
});
