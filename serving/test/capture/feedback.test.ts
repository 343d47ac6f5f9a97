import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import type { FastifyInstance } from "fastify";

import { appWith, closeApps, faultsOf } from "../support/app.ts";
import { captured } from "../support/captured.ts";
import { temporaryFolder, type ModelName } from "../support/packages.ts";

async function keeping(model: ModelName, env: Record<string, string> = {}) {
  const folder = temporaryFolder();
  return { app: await appWith(model, { CAPTURE_URL: `file://${folder}`, ...env }), folder };
}

function feedback(app: FastifyInstance, body: object) {
  return app.inject({ method: "POST", url: "/feedback", payload: body });
}

/** What the labels' columns have, without the times. */
async function labels(folder: string): Promise<unknown[][]> {
  const rows = await captured(path.join(folder, "labels"));
  return rows.map(({ values }) => ["request_id", "row", "label"].map((name) => values[name]));
}

describe("labels", () => {
  after(closeApps);

  it("are in the store when they are answered, each with its time and that of its coming", async () => {
    const { app, folder } = await keeping("titanic");
    const before = Date.now();
    const time = "2026-11-27T10:30:00+01:00";
    const answer = await feedback(app, [
      { request_id: "order:1", label: true },
      { request_id: "order:2", row: 7, label: false, time },
    ]);
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(answer.json(), { kept: 2 });
    const [one, two] = await captured(folder);
    assert.match(
      one?.object ?? "",
      /^labels\/model=titanic-model\/date=\d{4}-\d\d-\d\d\/[^/]+\.parquet$/,
    );
    const received = one?.values["received"] as Date;
    assert.ok(received.getTime() >= before && received.getTime() <= Date.now());
    assert.deepEqual(one?.values, {
      ...{ request_id: "order:1", row: 0, label: "true", time: received, received },
    });
    assert.deepEqual(two?.values, {
      ...{ request_id: "order:2", row: 7, label: "false", received },
      time: new Date("2026-11-27T09:30:00Z"),
    });
  });

  it("of a short time share one object", async () => {
    const { app, folder } = await keeping("titanic");
    const many = Array.from({ length: 40 }, (_, at) =>
      feedback(app, { request_id: `r${at}`, label: at % 2 === 0 }),
    );
    for (const answer of await Promise.all(many)) assert.deepEqual(answer.json(), { kept: 1 });
    const rows = await captured(folder);
    assert.equal(rows.length, 40);
    assert.ok(new Set(rows.map(({ object }) => object)).size <= 4);
  });

  it("are classes as they are answered or as the data have them, and numbers of a regression", async () => {
    const iris = await keeping("iris");
    const { classes } = iris.app.models.current().package;
    const said = classes.flatMap(({ value, label }) => [value, label]);
    const all = said.map((label, at) => ({ request_id: `r${at}`, label }));
    assert.equal((await feedback(iris.app, all)).statusCode, 200);
    const expected = classes.flatMap(({ label }) => [label, label]);
    assert.deepEqual(
      (await labels(iris.folder)).map(([, , label]) => label),
      expected,
    );
    const progress = await keeping("progress");
    assert.equal((await feedback(progress.app, { request_id: "r", label: 12.5 })).statusCode, 200);
    assert.deepEqual(await labels(progress.folder), [["r", 0, "12.5"]]);
    assert.deepEqual(faultsOf(await feedback(progress.app, { request_id: "r", label: "12.5" })), [
      "/label must be a number",
    ]);
  });

  it("that cannot be right are refused, all of them by their place, and none is stored", async () => {
    const { app, folder } = await keeping("titanic");
    const far = new Date(Date.now() + 3 * 86_400_000).toISOString();
    const answer = await feedback(app, [
      { request_id: "fine", label: true },
      { request_id: "a b", label: "yes!" },
      { request_id: "r", label: true, row: -1, time: "yesterday" },
      { request_id: "r", label: true, time: far, rows: 3 },
      ["r", true],
    ]);
    assert.deepEqual(faultsOf(answer), [
      "/1/request_id must be the X-Request-Id of an answer: 1 to 64 of A–Z a–z 0–9 _ . : -",
      "/1/label must be one of true or false",
      "/2/row must be the place of the row in its request, from 0",
      "/2/time must be like 2026-11-28T09:30:00Z, with an offset",
      "/3/rows is none of request_id, row, label, time",
      "/3/time lies in the future",
      "/4 must be an object with request_id and label",
    ]);
    assert.deepEqual(faultsOf(await feedback(app, [])), [" holds no label"]);
    assert.deepEqual(await captured(folder), []);
  });

  it("are answered with 413 beyond the rows of a request, and 503 where more wait than fit", async () => {
    const { app } = await keeping("titanic", { MAX_ROWS: "20000", MAX_BODY_BYTES: "10000000" });
    const of = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ request_id: `r${at}`, label: true }));
    assert.equal((await feedback(app, of(20_001))).statusCode, 413);
    const flood = await Promise.all(
      [20_000, 20_000, 20_000].map((count) => feedback(app, of(count))),
    );
    assert.deepEqual(
      flood.map(({ statusCode }) => statusCode),
      [200, 200, 503],
    );
    assert.equal(flood[2]?.headers["retry-after"], "1");
    assert.equal((await feedback(app, of(20_000))).statusCode, 200, "room again");
  });

  it("are answered with 503 while the store is away, and with 200 when they are sent again", async () => {
    const blocked = path.join(temporaryFolder(), "store");
    writeFileSync(blocked, "a file stands where the folder should be");
    const app = await appWith("titanic", { CAPTURE_URL: `file://${blocked}` });
    const label = { request_id: "r", label: true };
    const refused = await feedback(app, label);
    assert.equal(refused.statusCode, 503, refused.body);
    assert.equal(refused.headers["retry-after"], "10");
    assert.match(refused.body, /The labels were not stored\. Send them again shortly\./);
    rmSync(blocked);
    mkdirSync(blocked);
    assert.equal((await feedback(app, label)).statusCode, 200);
    assert.deepEqual(await labels(blocked), [["r", 0, "true"]]);
  });

  it("need a server that keeps predictions", async () => {
    const app = await appWith("titanic");
    const answer = await feedback(app, { request_id: "r", label: true });
    assert.equal(answer.statusCode, 501);
    assert.match(answer.body, /npm start -- --capture/);
  });
});
