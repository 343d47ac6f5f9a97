import assert from "node:assert/strict";

import type { FastifyInstance } from "fastify";

import { answerSchema } from "../../src/model/answer.ts";
import { appOn, appWith, closeApps, predict } from "../support/app.ts";
import { changedPackage } from "../support/packages.ts";

type Fields = Record<string, unknown>;
interface Interval {
  low: number | null;
  high: number | null;
  coverage: number;
}

/** Rows of the model's features, from well to ill. */
function patients(app: FastifyInstance): Fields[] {
  const { example } = app.models.current().package;
  return Array.from({ length: 16 }, (_, i) => ({ ...example, glucose: 60 + 10 * i }));
}

async function post<T>(app: FastifyInstance, url: string, payload: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const response = await app.inject({ method: "POST", url, headers, payload });
  assert.equal(response.statusCode, 200, response.body);
  return response.json<T>();
}

interface Outputs {
  outputs: { name: string; datatype: string; shape: number[]; data: number[] }[];
}

/** Asks for rows by the Open Inference Protocol; gives each output by its name. */
async function infer(app: FastifyInstance, rows: Fields[]) {
  const { name, package: pack } = app.models.current();
  const data = rows.flatMap((row) => pack.features.map((feature) => row[feature.name]));
  const shape = [rows.length, pack.features.length];
  const inputs = [{ name: "features", shape, datatype: "FP32", data }];
  const { outputs } = await post<Outputs>(app, `/v2/models/${name}/infer`, { inputs });
  return Object.fromEntries(outputs.map((output) => [output.name, output]));
}

describe("a model with a threshold", () => {
  after(closeApps);

  it("answers by it in every protocol", async () => {
    const app = await appWith("careful");
    const rows = patients(app);
    const { threshold } = app.models.current().package;
    assert.ok(threshold !== undefined && threshold < 0.4);
    const answers = (await predict(app, rows)).json<{ test: string; probability: number }[]>();
    const ill = answers.map(({ probability }) => probability >= threshold);
    // Between the threshold and 0.5 only the threshold says ill.
    assert.ok(answers.some(({ probability }) => probability > threshold && probability < 0.5));
    assert.ok(ill.includes(false));
    assert.deepEqual(
      answers.map(({ test }) => test === "ill"),
      ill,
    );
    const { predictions } = await post<{ predictions: { label: number }[] }>(app, "/invocations", {
      dataframe_records: rows,
    });
    assert.deepEqual(
      predictions.map(({ label }) => label === 1),
      ill,
    );
    assert.deepEqual(
      (await infer(app, rows))["label"]?.data.map((label) => label === 1),
      ill,
    );
  });

  it("is answered alike by a server that does not know the key", async () => {
    const app = await appWith("careful");
    const old = await appOn(
      await changedPackage("careful", (metadata) => {
        delete metadata["threshold"];
      }),
    );
    const rows = patients(app);
    const labels = async (one: FastifyInstance) => {
      const answers = (await predict(one, rows)).json<{ test: string }[]>();
      return answers.map(({ test }) => test);
    };
    assert.deepEqual(await labels(old), await labels(app));
  });

  it("says so in OpenAPI and under /model", async () => {
    const app = await appWith("careful");
    const { threshold } = (await app.inject("/model")).json<{ threshold: number }>();
    const { test } = answerSchema(app.models.current().package).properties as { test: Fields };
    assert.equal(test["description"], `"ill" from a probability of ${threshold} on.`);
    assert.deepEqual(test["enum"], ["well", "ill"]);
    const plain = await appWith("diabetes");
    assert.ok(!("threshold" in (await plain.inject("/model")).json<object>()));
  });

  for (const [what, change, reason] of [
    ["contradicts the graph", { threshold: 0.99 }, /\/threshold \(0\.99\) does not fit the label/],
    ["is no probability", { threshold: 1.5 }, /\/threshold must be <= 1/],
    ["has an interval as well", { interval: { coverage: 0.9, half_width: 1 } }, /\/interval needs/],
  ] as const) {
    it(`is refused when it ${what}`, async () => {
      const folder = await changedPackage("careful", (metadata) => {
        Object.assign(metadata, change);
        metadata.expected["label"] = 1;
      });
      const app = await appOn(folder);
      assert.match(JSON.stringify(app.models.status), reason);
    });
  }

  it("is refused where there are several classes", async () => {
    const app = await appOn(
      await changedPackage("iris", (metadata) => (metadata["threshold"] = 0.3)),
    );
    assert.match(JSON.stringify(app.models.status), /\/threshold needs the task binary/);
  });
});

describe("a model with a prediction interval", () => {
  after(closeApps);

  it("answers low, high and coverage in every protocol", async () => {
    const app = await appWith("ranges");
    const { example, interval } = app.models.current().package;
    assert.ok(interval !== undefined);
    const rows = [example, { ...example, bmi: 0.1 }];
    const answers = (await predict(app, rows)).json<
      { progression: number; interval: Interval }[]
    >();
    for (const { progression, interval: found } of answers) {
      assert.deepEqual(Object.keys(found), ["low", "high", "coverage"]);
      assert.equal(found.coverage, 0.9);
      assert.ok(Math.abs(progression - interval.half_width - Number(found.low)) < 1e-4);
      assert.ok(Math.abs(progression + interval.half_width - Number(found.high)) < 1e-4);
    }
    const ends = answers.map(({ interval: { low, high } }) => [low, high].map(Number));
    const { predictions } = await post<{ predictions: { interval: number[] }[] }>(
      app,
      "/invocations",
      { dataframe_records: rows },
    );
    const near = (found: number[] | undefined, wanted: number[] | undefined) => {
      assert.equal(found?.length, wanted?.length);
      found?.forEach((one, i) => {
        assert.equal(Math.fround(one), Math.fround(wanted?.[i] ?? NaN));
      });
    };
    predictions.forEach((one, row) => {
      near(one.interval, ends[row]);
    });
    const inferred = (await infer(app, rows))["interval"];
    assert.deepEqual([inferred?.datatype, inferred?.shape], ["FP32", [2, 2]]);
    near(inferred?.data, ends.flat());
    const { name } = app.models.current();
    const { outputs } = (await app.inject(`/v2/models/${name}`)).json<Outputs>();
    assert.deepEqual(
      outputs.map((output) => [output.name, output.shape]),
      [
        ["value", [-1, 1]],
        ["interval", [-1, 2]],
      ],
    );
  });

  it("gives whoever asks for one output only that one", async () => {
    const app = await appWith("ranges");
    const { name, package: pack } = app.models.current();
    const data = pack.features.map((feature) => pack.example[feature.name]);
    const { outputs } = await post<Outputs>(app, `/v2/models/${name}/infer`, {
      inputs: [{ name: "features", shape: [1, data.length], datatype: "FP32", data }],
      outputs: [{ name: "interval", parameters: { binary_data: false } }],
    });
    assert.deepEqual(
      outputs.map((output) => output.name),
      ["interval"],
    );
  });

  it("says so in OpenAPI and under /model", async () => {
    const app = await appWith("ranges");
    const { interval } = (await app.inject("/model")).json<{ interval: Fields }>();
    assert.deepEqual(interval, app.models.current().package.interval);
    const { properties, required } = answerSchema(app.models.current().package);
    assert.ok(required.includes("interval"));
    const { coverage, low } = (properties["interval"] as { properties: Record<string, Fields> })
      .properties;
    assert.deepEqual(coverage, { const: 0.9 });
    assert.equal(low?.["description"], "Unit: points.");
  });
});
