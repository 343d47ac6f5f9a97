import assert from "node:assert/strict";
import { once } from "node:events";
import process from "node:process";
import type { Worker } from "node:worker_threads";

import type { FastifyBaseLogger } from "fastify";
import { Registry } from "prom-client";

import { CaptureMetrics } from "../../src/capture/metrics.ts";
import { PredictionLog } from "../../src/capture/prediction-log.ts";
import type { LoadedModel, Row, Scores } from "../../src/model/loaded-model.ts";
import { until } from "../support/app.ts";
import { captured } from "../support/captured.ts";
import { temporaryFolder } from "../support/packages.ts";

const silent = { warn: () => undefined, error: () => undefined } as unknown as FastifyBaseLogger;

/** A regression of one text. */
const MODEL = {
  ...{ name: "long-model", version: "1" },
  package: {
    ...{ task: "regression", positive: null, classes: [], output: { name: "y", type: "number" } },
    features: [{ name: "words", type: "text" }],
  },
} as unknown as LoadedModel;

const scores = (rows: number): Scores => ({
  ...{ rows, classes: new Int32Array(), probabilities: new Float32Array() },
  values: new Float64Array(rows),
});

/** A log in a folder, the threads that it starts, and what it counts. */
function logOf(settings: { seconds: number; bytes: number }) {
  const folder = temporaryFolder();
  const registry = new Registry();
  const threads: Worker[] = [];
  const started = (thread: Worker) => threads.push(thread);
  process.on("worker", started);
  const log = new PredictionLog(
    { store: { kind: "folder", path: folder }, rate: 1, drop: [], ...settings },
    new CaptureMetrics(registry),
    silent,
  );
  const count = async (name: string): Promise<number> => {
    const metric = await registry.getSingleMetric(`slipway_${name}`)?.get();
    return metric?.values[0]?.value ?? 0;
  };
  const close = async () => {
    process.off("worker", started);
    await log.close();
  };
  return { log, folder, threads, count, close };
}

const texts = (rows: number, length: number): Row[] =>
  Array.from({ length: rows }, (_, at) => [String(at).padEnd(length, "é")]);

describe("the thread that stores predictions", function () {
  this.timeout(120_000);

  it("is started again when it ends; what it had, and what came meanwhile, counts as shed", async () => {
    const { log, folder, threads, count, close } = logOf({ seconds: 3600, bytes: 1e7 });
    assert.ok(log.keep("before", MODEL, texts(1000, 10), scores(1000)));
    await until(() => threads[0]);
    // Handed over, and waiting for the hour to end.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.ok(log.keep("buffered", MODEL, texts(7, 10), scores(7)));
    const ended = once(threads[0] ?? assert.fail(), "exit");
    await threads[0]?.terminate();
    await ended;
    await until(async () => (await count("capture_shed_rows_total")) === 1007 || undefined);
    assert.equal(await count("capture_waiting_rows"), 0);
    await assert.rejects(log.label("long-model", []), /the thread that stores them has ended/);
    await until(() => threads[1]);
    assert.ok(log.keep("after", MODEL, texts(3, 10), scores(3)));
    await close();
    assert.equal(await count("captured_rows_total"), 3);
    assert.equal((await captured(folder)).length, 3);
  });

  it("has no more to keep than is allowed, however long texts are", async () => {
    const most = 4e6;
    const { log, folder, count, close } = logOf({ seconds: 0.1, bytes: most });
    const length = 10_000;
    const rows = 400;
    for (let asked = 0; asked < 10; asked += 1) {
      log.keep(`r${asked}`, MODEL, texts(rows, length), scores(rows));
    }
    const waiting = await count("capture_waiting_rows");
    const shed = await count("capture_shed_rows_total");
    assert.equal(waiting + shed, 10 * rows);
    // Two bytes a character; one chunk more than may wait, and one that is being filled.
    assert.ok(waiting * 2 * length < most + 2.2 * 1_048_576, `${waiting} rows wait`);
    assert.ok(waiting > 100);
    await close();
    assert.equal(await count("captured_rows_total"), waiting);
    const [first] = await captured(folder);
    assert.equal(first?.values["feature_words"], "0".padEnd(length, "é"));
  });

  it("that cannot store in time does not keep the server from ending, and what is lost is counted", async () => {
    const { log, threads, count, close } = logOf({ seconds: 3600, bytes: 1e7 });
    log.keep("r", MODEL, texts(5, 10), scores(5));
    await until(() => threads[0]);
    await threads[0]?.terminate();
    await close();
    assert.equal(await count("capture_shed_rows_total"), 5);
    await new Promise((resolve) => setTimeout(resolve, 6000));
    assert.equal(threads.length, 1, "one was started after the end");
  });
});
