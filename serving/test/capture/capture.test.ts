import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import path from "node:path";

import type { FastifyInstance } from "fastify";

import { appOn, appWith, closeApps, predict, until } from "../support/app.ts";
import { captured, metric, type Captured } from "../support/captured.ts";
import { packageOf, staysPackage, temporaryFolder, type ModelName } from "../support/packages.ts";
import { startServer, stopProcesses } from "../support/processes.ts";
import { goodRequest } from "../support/provocations.ts";

const QUICK = { CAPTURE_SECONDS: "0.1" };

/** An application that keeps predictions in a folder of its own. */
async function keeping(model: ModelName, env: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const app = await appWith(model, { ...QUICK, CAPTURE_URL: `file://${folder}`, ...env });
  return { app, folder };
}

/** What a folder has once the application is closed: all of it. */
async function kept(app: FastifyInstance, folder: string): Promise<Captured[]> {
  await app.close();
  return captured(folder);
}

describe("predictions that are kept", () => {
  after(async () => {
    await closeApps();
    await stopProcesses();
  });

  it("have id, row, time, version, answer and probability, and a column for each feature", async () => {
    const { app, folder } = await keeping("titanic");
    const { example } = app.models.current().package;
    const before = Date.now();
    const one = await predict(app, example);
    const two = await predict(app, [example, { ...example, age: null }]);
    const answers = [one.json<object>(), ...two.json<object[]>()] as {
      survived: boolean;
      probability: number;
      model: { version: string };
    }[];
    const rows = await kept(app, folder);
    const ids = [one, two, two].map(({ headers }) => headers["x-request-id"]);
    assert.equal(rows.length, 3);
    for (const [at, { object, values }] of rows.entries()) {
      const { time, probability, ...others } = values;
      assert.deepEqual(others, {
        request_id: ids[at],
        row: at === 2 ? 1 : 0,
        version: answers[at]?.model.version,
        answer: answers[at]?.survived,
        ...{ feature_pclass: "3rd", feature_sex: "male", feature_age: at === 2 ? null : 22 },
        ...{ feature_sibsp: 1, feature_parch: 0 },
      });
      assert.ok(Math.abs((probability as number) - (answers[at]?.probability ?? 0)) < 1e-7);
      const at0 = (time as Date).getTime();
      assert.ok(at0 >= before && at0 <= Date.now());
      const day = new Date(at0).toISOString().slice(0, 10);
      assert.match(object, new RegExp(`^model=titanic-model/date=${day}/[^/]+\\.parquet$`));
    }
  });

  it("are those of all three protocols, under the caller's own id where there is one", async () => {
    const { app, folder } = await keeping("diabetes");
    const model = app.models.current();
    for (const [at, route] of [
      "POST /predict",
      "POST /invocations",
      "POST /v2/models/{model}/infer",
    ].entries()) {
      const { method, path: url, headers = {}, body } = goodRequest(route, model);
      const answer = await app.inject({
        ...{ method: method as "POST", url },
        headers: { ...(headers as IncomingHttpHeaders), "x-request-id": `order:${at}` },
        ...(body !== undefined && { payload: body }),
      });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(answer.headers["x-request-id"], `order:${at}`);
    }
    const rows = await kept(app, folder);
    assert.deepEqual(
      rows.map(({ values }) => values["request_id"]),
      ["order:0", "order:1", "order:2"],
    );
  });

  it("have a number for a regression, the class for several, and moments as such", async () => {
    const progress = await keeping("progress");
    const answer = await predict(progress.app, progress.app.models.current().package.example);
    const { output } = progress.app.models.current().package;
    const [number] = await kept(progress.app, progress.folder);
    assert.ok(number);
    assert.ok(!("probability" in number.values));
    const value = answer.json<Record<string, number>>()[output.name] ?? NaN;
    assert.ok(Math.abs((number.values["answer"] as number) - value) < 1e-4 * Math.abs(value));

    const iris = await keeping("iris");
    const species = (await predict(iris.app, iris.app.models.current().package.example)).json<{
      species: string;
      probability: number;
      probabilities: Record<string, number>;
    }>();
    const [flower] = await kept(iris.app, iris.folder);
    assert.ok(flower);
    assert.equal(flower.values["answer"], species.species);
    assert.ok(Math.abs((flower.values["probability"] as number) - species.probability) < 1e-6);
    for (const [label, probability] of Object.entries(species.probabilities)) {
      const share = flower.values[`probability_${label}`] as number;
      assert.ok(Math.abs(share - probability) < 1e-6, label);
    }

    const folder = temporaryFolder();
    const stays = await appOn(await staysPackage(), { ...QUICK, CAPTURE_URL: `file://${folder}` });
    await predict(stays, { review: "Lovely 😀", arrived: "2024-12-31T20:00:00", nights: 2 });
    const [stay] = await kept(stays, folder);
    assert.ok(stay);
    assert.equal(stay.values["feature_review"], "Lovely 😀");
    assert.deepEqual(stay.values["feature_arrived"], new Date("2024-12-31T20:00:00Z"));
  });

  it("are not what is tried out, refused, or the example", async () => {
    const { app, folder } = await keeping("titanic");
    const { example } = app.models.current().package;
    const explored = await app.inject({
      ...{ method: "POST" as const, url: "/predict?explore=true" },
      payload: example,
    });
    assert.equal(explored.statusCode, 200);
    assert.equal(explored.headers["x-request-id"], undefined);
    assert.equal((await predict(app, {})).statusCode, 422);
    assert.equal((await app.inject("/predict/demo")).statusCode, 200);
    assert.deepEqual(await kept(app, folder), []);
  });

  it("lack what is dropped; where a dropped name is no feature, nothing is kept", async () => {
    const dropping = await keeping("titanic", { CAPTURE_DROP: '["age","sex"]' });
    await predict(dropping.app, dropping.app.models.current().package.example);
    const [row] = await kept(dropping.app, dropping.folder);
    assert.deepEqual(
      Object.keys(row?.values ?? {}).filter((name) => name.startsWith("feature_")),
      ["feature_pclass", "feature_sibsp", "feature_parch"],
    );

    const misspelt = await keeping("titanic", { CAPTURE_DROP: '["Age"]' });
    const answer = await predict(misspelt.app, misspelt.app.models.current().package.example);
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers["x-request-id"], undefined);
    assert.equal(await metric(misspelt.app, "slipway_capture_shed_rows_total"), 1);
    assert.deepEqual(await kept(misspelt.app, misspelt.folder), []);
  });

  it("are a share of the requests, each with all of its rows", async () => {
    const { app, folder } = await keeping("titanic", { CAPTURE_RATE: "0.5" });
    const { example } = app.models.current().package;
    const asked = await Promise.all(
      Array.from({ length: 200 }, () => predict(app, [example, example, example])),
    );
    const named = asked.filter(({ headers }) => headers["x-request-id"] !== undefined).length;
    const rows = await kept(app, folder);
    assert.equal(rows.length, 3 * named);
    // Outside of it once in 10^9 runs.
    assert.ok(named > 55 && named < 145, `${named} of 200`);
  });

  it("are of one version and one day a file, and as many as were asked over many chunks", async () => {
    const { app, folder } = await keeping("diabetes");
    const { example } = app.models.current().package;
    const most = 5_000;
    const answer = await predict(
      app,
      Array.from({ length: most }, () => example),
    );
    assert.equal(answer.statusCode, 200);
    const rows = await kept(app, folder);
    assert.deepEqual(
      rows.map(({ values }) => values["row"]).sort((one, other) => Number(one) - Number(other)),
      Array.from({ length: most }, (_, at) => at),
    );
  });

  it("wait while the store is away, are shed beyond what may wait, and are stored when it is back", async () => {
    const blocked = path.join(temporaryFolder(), "store");
    writeFileSync(blocked, "a file stands where the folder should be");
    const app = await appWith("diabetes", {
      ...{ ...QUICK, CAPTURE_URL: `file://${blocked}`, CAPTURE_BYTES: "40000" },
    });
    const { example } = app.models.current().package;
    const batch = Array.from({ length: 300 }, () => example);
    for (let asked = 0; asked < 5; asked += 1) {
      assert.equal((await predict(app, batch)).statusCode, 200);
      await new Promise((resolve) => setTimeout(resolve, 1100));
    }
    const shed = await metric(app, "slipway_capture_shed_rows_total");
    const waiting = await metric(app, "slipway_capture_waiting_rows");
    assert.equal(shed + waiting, 1500);
    assert.ok(shed >= 300 && waiting >= 300, `${shed} shed, ${waiting} wait`);
    assert.ok((await metric(app, "slipway_capture_failures_total")) >= 1);
    rmSync(blocked);
    mkdirSync(blocked);
    await until(
      async () => (await metric(app, "slipway_captured_rows_total")) === waiting || undefined,
    );
    assert.equal((await captured(blocked)).length, waiting);
  }).timeout(60_000);

  it("are stored by SIGTERM before the process ends", async () => {
    const folder = temporaryFolder();
    const server = await startServer({
      ...{ MODEL_URI: await packageOf("diabetes"), CAPTURE_URL: `file://${folder}` },
      ...{ CAPTURE_SECONDS: "3600", LOG_LEVEL: "info" },
    });
    await until(async () => (await fetch(`${server.url}/ready`)).ok || undefined);
    const { example } = (await (await fetch(`${server.url}/model`)).json()) as { example: object };
    const body = JSON.stringify([example, example]);
    const headers = { "content-type": "application/json" };
    assert.equal(
      (await fetch(`${server.url}/predict`, { method: "POST", headers, body })).status,
      200,
    );
    assert.equal(await server.stop("SIGTERM"), 0, server.output());
    assert.equal((await captured(folder)).length, 2);
  });
});
