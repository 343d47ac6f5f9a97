import assert from "node:assert/strict";
import { densities, moves, variantsOf } from "../../page/variants.ts";
import { describePage } from "../support/page-fixture.ts";
import { diabetes, feature, titanic } from "../support/packages.ts";

const EXPLORE = "/predict?explore=true";
const age = feature("Age", { type: "integer", observed: { min: 20, max: 60, median: 30 } });
const numbers = (variants: { value: unknown }[]) => variants.map(({ value }) => Number(value));

describe("the values that a feature is tried with", () => {
  it("go a little beyond what training saw, and have the row's own among them", () => {
    const bmi = feature("BMI", { observed: { min: 20, max: 40, median: 30 } });
    const values = numbers(variantsOf(bmi, { BMI: 33.3, Age: 50 }));
    assert.equal(values[0], 17);
    assert.equal(values.at(-1), 43);
    assert.ok(values.includes(33.3));
    assert.deepEqual(
      values,
      values.toSorted((one, two) => one - two),
    );
    assert.deepEqual(variantsOf(bmi, { BMI: 33.3, Age: 50 })[0]?.row, { BMI: 17, Age: 50 });
  });

  it("go as far as the row's own value, and never where the API refuses", () => {
    const far = numbers(variantsOf(age, { Age: 90 }));
    assert.equal(far.at(-1), 90);
    const bounded = { ...age, range: { min: 18, max: 61 } };
    const within = numbers(variantsOf(bounded, { Age: 30 }));
    assert.deepEqual([within[0], within.at(-1)], [18, 61]);
  });

  it("are whole, and each once, where the feature is a whole number", () => {
    const rooms = feature("Rooms", { type: "integer", observed: { min: 1, max: 4, median: 2 } });
    assert.deepEqual(numbers(variantsOf(rooms, { Rooms: 2 })), [1, 2, 3, 4]);
  });

  it("are the categories, and yes and no", () => {
    const deck = feature("Deck", { type: "category", categories: ["a", "b"], observed: null });
    assert.deepEqual(
      variantsOf(deck, { Deck: "a" }).map(({ value }) => value),
      ["a", "b"],
    );
    const alone = feature("Alone", { type: "boolean" });
    assert.deepEqual(
      variantsOf(alone, {}).map(({ value }) => value),
      [false, true],
    );
  });

  it("are none of a text, a time, or more categories than can be looked over", () => {
    const many = Array.from({ length: 31 }, (_, at) => `c${at}`);
    const none = [
      feature("Review", { type: "text", observed: null }),
      feature("Day", { type: "datetime", observed: null }),
      feature("City", { type: "category", categories: many, observed: null }),
    ];
    assert.deepEqual(none.map(moves), [false, false, false]);
    assert.equal(moves(age), true);
  });

  it("have the training's density behind them, by width, where the API tells of it", () => {
    const histogram = { edges: [30, 40], counts: [10, 10, 10], missing: 0 };
    const bars = densities({ ...age, histogram });
    assert.deepEqual(
      bars.map(({ from, to, height }) => [from, to, height]),
      [
        [20, 30, 1],
        [30, 40, 1],
        [40, 60, 0.5],
      ],
    );
    assert.deepEqual(densities(age), []);
  });
});

describePage("what the answer would be", (on) => {
  const bodies = () =>
    on.api.seen
      .filter(({ url }) => url === EXPLORE)
      .map(({ body }) => JSON.parse(body) as Record<string, number>[]);
  const card = () => on.page.getByRole("region", { name: "What if…" });

  /** Answers a batch of as many rows as come: the probability rises along them. */
  function rise(rows: number) {
    const model = { name: diabetes.name, version: diabetes.version };
    const body = Array.from({ length: rows }, (_, at) => {
      return { has_diabetes: at > rows / 2, probability: at / (rows - 1), model };
    });
    on.api.replies[EXPLORE] = { body };
  }

  it("asks nothing until it is opened, then for all values of the most important one at once", async () => {
    rise(42);
    await on.openForm();
    await on.page.waitForTimeout(500);
    assert.deepEqual(bodies(), []);
    await card().getByText("What if…").click();
    await card().locator("svg").waitFor();
    assert.equal(bodies().length, 1);
    const rows = bodies()[0] ?? [];
    assert.deepEqual([rows[0]?.["Glucose"], rows.at(-1)?.["Glucose"]], [20.75, 222.25]);
    assert.ok(rows.some((row) => row["Glucose"] === 148));
    assert.ok(rows.every((row) => row["BMI"] === 33.6));
    const said = await card().locator("figcaption").innerText();
    assert.match(said, /Probability of yes: Glucose from 20\.75 mg\/dL \(0\.0%\) to 222\.3 mg\/dL/);
    assert.match(said, /here 148 mg\/dL: \d+\.\d%/);
    assert.deepEqual(on.complaints, []);
  });

  it("follows the form, and puts a value that is pressed in the drawing into it", async () => {
    rise(42);
    await on.openForm();
    await card().getByText("What if…").click();
    await card().locator("svg").waitFor();
    await on.field("Body mass index kg/m²").fill("20");
    await on.until(() => Promise.resolve(bodies().length === 2));
    assert.ok(bodies()[1]?.every((row) => row["BMI"] === 20));
    const box = await card().locator("svg").boundingBox();
    assert.ok(box);
    await card()
      .locator("svg")
      .click({ position: { x: 1, y: box.height / 2 } });
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "20.75");
  });

  it("draws hatched what is beyond the training, on both sides", async () => {
    rise(42);
    await on.openForm();
    await card().getByText("What if…").click();
    await card().locator("svg").waitFor();
    assert.equal(await card().locator("rect.beyond").count(), 2);
  });

  it("shows the answer to each category, of which one can be chosen", async () => {
    const model = { name: titanic.name, version: titanic.version };
    const probabilities = { upper: 0.1, middle: 0.3, lower: 0.6 };
    const row = { deck: "lower", probability: 0.6, probabilities, model };
    on.other.replies[EXPLORE] = { body: [row, { ...row, probabilities: { lower: 0.2 } }] };
    await on.openForm(`#/${titanic.name}`);
    await card().getByText("What if…").click();
    await card().getByLabel("Value that moves").selectOption({ label: "Sex" });
    await card().getByRole("button").first().waitFor();
    const shown = await card().getByRole("button").allInnerTexts();
    assert.deepEqual(
      shown.map((text) => text.split("\n").filter(Boolean)),
      [
        ["female", "60.0%"],
        ["male", "20.0%"],
      ],
    );
    await card().getByRole("button", { name: "male 20.0%", exact: true }).click();
    assert.equal(await on.field("Sex").inputValue(), "male");
  });

  it("says why it cannot be drawn", async () => {
    const errors = [{ path: "/0/BMI", detail: "must be at most 60" }];
    on.api.replies[EXPLORE] = { status: 422, body: { errors } };
    await on.openForm();
    await card().getByText("What if…").click();
    await card().getByText("must be at most 60").waitFor();
  });
});
