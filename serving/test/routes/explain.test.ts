import assert from "node:assert/strict";
import type { FastifyInstance } from "fastify";
import type { InjectOptions } from "light-my-request";

import { backgroundRows } from "../../src/explain/background.ts";
import type { Row } from "../../src/model/loaded-model.ts";
import { generator } from "../../src/model/random.ts";
import type { Problem } from "../../src/problem.ts";
import { appOn, appWith, closeApps, predict } from "../support/app.ts";
import { MODEL_FILES, packageOf, staysPackage, type ModelName } from "../support/packages.ts";
import { exactShapley, shapValues } from "../support/shapley.ts";
import { long } from "../../../test/support/long.ts";

interface Explained {
  prediction: Record<string, unknown>;
  class: string | null;
  value: number;
  base: number;
  contributions: { feature: string; contribution: number; error: number }[];
  orders: number;
}

const MODELS = Object.keys(MODEL_FILES) as ModelName[];

function explain(app: FastifyInstance, payload: unknown): ReturnType<typeof predict> {
  const headers = { "content-type": "application/json" };
  const asked: InjectOptions = { method: "POST", url: "/explain", headers };
  return app.inject({ ...asked, payload: JSON.stringify(payload) });
}

async function explained(app: FastifyInstance, row: unknown): Promise<Explained> {
  const response = await explain(app, row);
  assert.equal(response.statusCode, 200, response.body);
  return response.json();
}

/** The first row of the background, and its place in the answer: another row than the example. */
function anotherRow(app: FastifyInstance): { row: Row; background: Row[]; fields: object } {
  const { package: pack } = app.models.current();
  const [example = []] = app.models.current().validate([pack.example]);
  const [row = [], ...background] = backgroundRows(pack, example, 33, generator());
  const fields = pack.features.map(({ name, type }, at) => {
    const value = row[at];
    const missing = value === "" || Number.isNaN(value);
    return [name, missing ? null : type === "boolean" ? value === 1 : value];
  });
  return { row, background, fields: Object.fromEntries(fields) as object };
}

describe("POST /explain", () => {
  after(closeApps);

  for (const name of MODELS) {
    it(`leads from the mean answer of ${name} to the very answer of /predict`, async () => {
      const app = await appWith(name);
      const { package: pack } = app.models.current();
      const found = await explained(app, pack.example);
      assert.deepEqual(found.prediction, (await predict(app, pack.example)).json());
      const answered =
        found.prediction[pack.task === "regression" ? pack.output.name : "probability"];
      assert.ok(
        Math.abs(found.value - Number(answered)) <= 1e-6 * Math.max(1, Math.abs(found.value)),
      );
      const sum = found.contributions.reduce(
        (all, { contribution }) => all + contribution,
        found.base,
      );
      assert.ok(
        Math.abs(sum - found.value) <= 1e-5 * Math.max(1, Math.abs(found.value)),
        String(sum),
      );
      const names = found.contributions.map(({ feature }) => feature);
      assert.deepEqual(names.toSorted(), pack.features.map((one) => one.name).sort());
      const sizes = found.contributions.map(({ contribution }) => Math.abs(contribution));
      assert.deepEqual(
        sizes,
        sizes.toSorted((one, other) => other - one),
      );
    });

    it(`agrees with the exact Shapley values of ${name} within the error that it tells`, async () => {
      const app = await appWith(name);
      const { row, background, fields } = anotherRow(app);
      const found = await explained(app, fields);
      const exact = await exactShapley(app.models.current(), row, background);
      for (const { feature, contribution, error } of found.contributions) {
        const wanted = exact.get(feature);
        assert.ok(wanted);
        // Two samples of rows differ, each by its own error.
        const apart = Math.abs(contribution - wanted.mean) / Math.hypot(error, wanted.error, 1e-6);
        assert.ok(
          apart < 5,
          `${feature}: ${contribution} instead of ${wanted.mean}, ${apart} errors`,
        );
      }
    });
  }

  // One of each task; the second has categories.
  for (const name of ["diabetes", "titanic", "progress"] as const) {
    long(`is held to what PyPI's shap says of ${name} too`, async () => {
      const app = await appWith(name);
      const { row, background, fields } = anotherRow(app);
      const found = await explained(app, fields);
      const { package: pack } = app.models.current();
      const explainedClass = pack.classes.findIndex(({ label }) => label === found.class);
      const asked = { folder: await packageOf(name), class: explainedClass, row, background };
      const exact = await exactShapley(app.models.current(), row, background);
      const shap = await shapValues(asked);
      for (const [at, { name: feature }] of pack.features.entries()) {
        const wanted = exact.get(feature);
        const apart = Math.abs((wanted?.mean ?? NaN) - (shap.values[at] ?? NaN));
        assert.ok(apart < 1e-5 * Math.max(1, Math.abs(found.value)), `${feature}: ${apart}`);
      }
    });
  }

  it("explains by words and times, too", async () => {
    const app = await appOn(await staysPackage());
    const row = { review: "Great staff, LOVELY room", arrived: "2024-12-31T20:00:00", nights: 2 };
    const found = await explained(app, row);
    assert.deepEqual(found.prediction, (await predict(app, row)).json());
    const of = Object.fromEntries(
      found.contributions.map(({ feature, contribution }) => [feature, contribution]),
    );
    assert.deepEqual(Object.keys(of).sort(), ["arrived", "nights", "review"]);
    const sum = Object.values(of).reduce((all, one) => all + one, found.base);
    assert.ok(Math.abs(sum - found.value) < 1e-5);
  });

  it("says the same to the same row", async () => {
    const app = await appWith("diabetes");
    const { example } = app.models.current().package;
    assert.deepEqual(await explained(app, example), await explained(app, example));
  });

  it("says whose probability it explains, and that a regression has none", async () => {
    const [binary, several, number] = await Promise.all(
      (["diabetes", "iris", "progress"] as const).map(async (name) => {
        const app = await appWith(name);
        return explained(app, app.models.current().package.example);
      }),
    );
    assert.equal(binary?.class, "yes");
    assert.equal(several?.class, several?.prediction["species"]);
    assert.equal(number?.class, null);
  });

  it("counts neither as a prediction nor as drift", async () => {
    const app = await appWith("diabetes");
    const { example } = app.models.current().package;
    await predict(app, example);
    await explained(app, example);
    const metrics = (await app.inject("/metrics")).body;
    const counted = [...metrics.matchAll(/^slipway_predictions_total\{.*\} (\d+)$/gm)];
    assert.equal(
      counted.reduce((sum, [, count]) => sum + Number(count), 0),
      1,
      metrics,
    );
    assert.match(metrics, /^slipway_feature_drift_rows\{.*\} 1$/m);
  });

  it("explains one row, and says so to more and to none", async () => {
    const app = await appWith("diabetes");
    const { example } = app.models.current().package;
    assert.equal((await explain(app, [example])).statusCode, 200);
    const two = await explain(app, [example, example]);
    assert.equal(two.statusCode, 422);
    assert.deepEqual(two.json<Problem>().errors, [
      { path: "", detail: "must be one row, not 2: explain them one by one" },
    ]);
    assert.equal((await explain(app, [])).statusCode, 422);
  });

  it("names every bad field as /predict does", async () => {
    const app = await appWith("diabetes");
    const bad = { ...app.models.current().package.example, Glucose: "high", Ago: 3 };
    const [wrong, predicted] = [await explain(app, bad), await predict(app, bad)];
    assert.equal(wrong.statusCode, 422);
    assert.deepEqual(wrong.json<Problem>().errors, predicted.json<Problem>().errors);
  });

  it("scores no more rows than MAX_EXPLAINED_ROWS, but for the fewest that tell an error", async () => {
    const orders = async (rows: string) => {
      const app = await appWith("diabetes", { MAX_EXPLAINED_ROWS: rows });
      return (await explained(app, app.models.current().package.example)).orders;
    };
    assert.equal(await orders("100000"), 256);
    assert.equal(await orders("320"), 40);
    assert.equal(await orders("1"), 16);
  });

  it("refuses the fifth explanation at once, and answers predictions meanwhile", async () => {
    const app = await appWith("diabetes");
    const { example } = app.models.current().package;
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => explain(app, example)),
      predict(app, example),
    ]);
    const statuses = answers.map(({ statusCode }) => statusCode);
    assert.deepEqual(statuses, [200, 200, 200, 200, 503, 503, 200]);
    assert.equal(answers[4]?.headers["retry-after"], "1");
    const metrics = (await app.inject("/metrics")).body;
    assert.match(metrics, /^slipway_http_requests_shed_total\{reason="explanations"\} 2$/m);
    assert.equal((await explain(app, example)).statusCode, 200);
  });
});
