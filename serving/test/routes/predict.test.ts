import assert from "node:assert/strict";

import { appWith, closeApps, predict } from "../support/app.ts";

const patient = {
  ...{ Pregnancies: 6, Glucose: 148, BloodPressure: 72, SkinThickness: 35 },
  ...{ Insulin: 0, BMI: 33.6, DiabetesPedigreeFunction: 0.627, Age: 50 },
};
const healthy = { ...patient, Glucose: 85, BMI: 22, Age: 22, Pregnancies: 0 };
const passenger = { pclass: "1st", sex: "female", age: 30, sibsp: 0, parch: 0 };
const flower = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };

describe("POST /predict", () => {
  after(closeApps);

  it("answers one object with output, probability, risk level and model", async () => {
    const app = await appWith("diabetes");
    const response = await predict(app, patient);
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers["content-type"]), /^application\/json/);
    const { probability, ...rest } = response.json<{ probability: number }>();
    const { name, version } = app.models.current();
    assert.deepEqual(rest, {
      has_diabetes: true,
      risk_level: "Élevé",
      model: { name, version },
    });
    assert.ok(probability > 0.7 && probability < 1);
    const calm = (await predict(app, healthy)).json<Record<string, unknown>>();
    assert.equal(calm["has_diabetes"], false);
    assert.equal(calm["risk_level"], "Faible");
  });

  it("answers several classes with the probability of each", async () => {
    const app = await appWith("iris");
    const answer = (await predict(app, flower)).json<{
      species: string;
      probability: number;
      probabilities: Record<string, number>;
    }>();
    assert.equal(answer.species, "setosa");
    assert.deepEqual(Object.keys(answer.probabilities), ["setosa", "versicolor", "virginica"]);
    assert.equal(answer.probability, answer.probabilities["setosa"]);
    const sum = Object.values(answer.probabilities).reduce((total, one) => total + one, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5);
  });

  it("answers a regression with a number and nothing it does not know", async () => {
    const app = await appWith("progress");
    const { example, expected } = app.models.current().package;
    const answer = (await predict(app, example)).json<Record<string, unknown>>();
    assert.deepEqual(Object.keys(answer), ["progression", "model"]);
    assert.ok(Math.abs(Number(answer["progression"]) - Number(expected.value)) < 1e-3);
  });

  it("answers rows that are tried out alike, and counts them neither as predictions nor as drift", async () => {
    const app = await appWith("diabetes");
    const answered = (await predict(app, patient)).json<object>();
    const explore = () =>
      app.inject({
        ...{ method: "POST", url: "/predict?explore=true" },
        payload: Array.from({ length: 300 }, () => patient),
      });
    const explored = await explore();
    // Both in one turn of the event loop, in which rows are scored together.
    await Promise.all([explore(), predict(app, patient), explore()]);
    assert.deepEqual(explored.json<object[]>()[0], answered);
    const metrics = (await app.inject("/metrics")).body;
    const counts = [...metrics.matchAll(/^slipway_predictions_total\{.*\} (\d+)$/gm)];
    assert.equal(
      counts.reduce((sum, [, count]) => sum + Number(count), 0),
      2,
    );
    assert.match(metrics, /^slipway_feature_drift_rows\{.*\} 2$/m);
  });

  it("answers an array in its order", async () => {
    const app = await appWith("diabetes");
    const answers = (await predict(app, [healthy, patient, healthy])).json<
      { has_diabetes: boolean }[]
    >();
    assert.deepEqual(
      answers.map(({ has_diabetes }) => has_diabetes),
      [false, true, false],
    );
  });

  it("answers a column-oriented object in the order its rows are written", async () => {
    const app = await appWith("diabetes");
    // What df.loc[[7, 3]].to_json() writes: integer-like keys that JSON.parse would sort.
    const columns = Object.entries(patient).map(
      ([name, value]) => `"${name}":{"7":${value},"3":${healthy[name as keyof typeof patient]}}`,
    );
    const body = `{${columns.join(",")}}`;
    for (const text of [body, JSON.stringify(body)]) {
      const answers = (await predict(app, text)).json<{ has_diabetes: boolean }[]>();
      assert.deepEqual(
        answers.map(({ has_diabetes }) => has_diabetes),
        [true, false],
      );
    }
  });

  it("reads a JSON string that holds an object or an array", async () => {
    const app = await appWith("diabetes");
    const one = await predict(app, JSON.stringify(JSON.stringify(patient)));
    assert.equal(one.json<{ has_diabetes: boolean }>().has_diabetes, true);
    const many = await predict(app, JSON.stringify(JSON.stringify([patient])));
    assert.equal(many.json<unknown[]>().length, 1);
    const twice = JSON.stringify(JSON.stringify(JSON.stringify(patient)));
    assert.equal((await predict(app, twice)).statusCode, 400);
  });

  it("scores a batch longer than one run like its rows one by one", async () => {
    const app = await appWith("diabetes");
    const rows = Array.from({ length: 700 }, (_, i) => ({ ...patient, Glucose: 60 + (i % 120) }));
    const batch = (await predict(app, rows)).json<{ probability: number }[]>();
    assert.equal(batch.length, rows.length);
    for (const i of [0, 255, 256, 511, 512, 699]) {
      const one = (await predict(app, rows[i])).json<{ probability: number }>();
      assert.equal(batch[i]?.probability, one.probability, `row ${i}`);
    }
  });

  it("gives every one of many simultaneous requests its own answer", async () => {
    const app = await appWith("diabetes");
    const rows = Array.from({ length: 60 }, (_, i) => ({ ...patient, Glucose: 60 + 2 * i }));
    const together = await Promise.all(rows.map((row) => predict(app, row)));
    for (const [i, response] of together.entries()) {
      const alone = await predict(app, rows[i]);
      assert.equal(response.body, alone.body);
    }
  });

  it("takes an optional feature's absence and null as missing", async () => {
    const app = await appWith("titanic");
    const absent = await predict(app, { ...passenger, age: undefined });
    const none = await predict(app, { ...passenger, age: null });
    assert.equal(absent.statusCode, 200, absent.body);
    assert.equal(absent.body, none.body);
    assert.notEqual(absent.body, (await predict(app, passenger)).body);
  });

  it("answers the example row on GET /predict/demo", async () => {
    const app = await appWith("titanic");
    const demo = await app.inject("/predict/demo");
    const posted = await predict(app, app.models.current().package.example);
    assert.equal(demo.statusCode, 200);
    assert.equal(demo.body, posted.body);
  });
});
