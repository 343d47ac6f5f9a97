import assert from "node:assert/strict";
import { dirname } from "node:path";
import { type Access, accessCluster } from "../../tools/ops/access.ts";
import { readRecords, record } from "../../tools/ops/records.ts";
import { asleepSince, markAsleep, needAwake } from "../../tools/ops/sleep-mark.ts";
import { setEnvironment } from "../support/environment.ts";
import { NO_SERVER, serverPrograms, startApiServer } from "./api-server.ts";

const programs = serverPrograms();
const reason = programs ? "" : NO_SERVER;

describe(`the record of what was done${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(180_000);
  let access: Access;
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
    access = await accessCluster({ stack: "dev" });
    await access.kubectl(["create", "namespace", access.namespace]);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  it("is empty at first", async () => {
    assert.deepEqual(await readRecords(access), []);
  });

  it("keeps what two commands write at once", async () => {
    const both = await Promise.all([
      record(access, { event: "deploy", result: "ok", sha: "1".repeat(40), models: { iris: "1" } }),
      record(access, { event: "sleep", result: "ok" }),
    ]);
    const found = await readRecords(access);
    assert.deepEqual(new Set(found.map(({ event }) => event)), new Set(["deploy", "sleep"]));
    assert.equal(found.find(({ event }) => event === "deploy")?.sha, both[0].sha);
  });

  it("holds the last hundred, the oldest goes first", async () => {
    const before = await readRecords(access);
    const data = Object.fromEntries(
      Array.from({ length: 99 }, (_, index) => {
        const at = new Date(Date.UTC(2027, 0, 1, 0, index)).toISOString();
        const entry = { at, event: "deploy", by: "ci", result: "ok", note: String(index) };
        return [at.replaceAll(":", "-"), JSON.stringify(entry)];
      }),
    );
    const patch = ["-n", access.namespace, "patch", "configmap", "slipway-history"];
    await access.kubectl([...patch, "--type=merge", "-p", JSON.stringify({ data })]);
    await record(access, { event: "wake", result: "ok" });
    const after = await readRecords(access);
    assert.equal(after.length, 100);
    assert.ok(!after.some(({ at }) => before.some((old) => old.at === at)));
    assert.ok(after.some(({ note }) => note === "98"));
  });

  it("knows since when the environment sleeps", async () => {
    assert.equal(await asleepSince(access), undefined);
    await needAwake(access);
    await markAsleep(access, "2026-11-22T02:00:00Z");
    assert.equal(await asleepSince(access), "2026-11-22T02:00:00Z");
    await assert.rejects(needAwake(access), /asleep since 2026-11-22T02:00:00Z/);
    await markAsleep(access, null);
    await needAwake(access);
  });
});
