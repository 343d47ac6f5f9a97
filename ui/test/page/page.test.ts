import assert from "node:assert/strict";
import { describePage } from "../support/page-fixture.ts";
import { diabetes } from "../support/packages.ts";

describePage("the page in a browser", (on) => {
  it("opens with the model's example in the form and asks for nothing from elsewhere", async () => {
    await on.open("", "Reset to the example");
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "148");
    assert.equal(await on.field("Body mass index kg/m²").inputValue(), "33.6");
    assert.equal(await on.field("Pedigree").inputValue(), "0.627");
    assert.equal(await on.field("Pedigree, slider").count(), 0);
    assert.deepEqual(on.complaints, []);
  });

  it("shows what the training took the data for, and why", async () => {
    await on.open("", "What the training understood");
    const card = on.page.getByRole("region", { name: "What the training understood" });
    const text = await card.innerText();
    assert.match(text, /Target: classes 0 500 \(65%\), 1 268 \(35%\)/);
    assert.match(text, /Target: the positive class is '1' \(stated\)/);
    assert.match(text, /Left out: patient/);
    assert.match(text, /Worth a look\s+Pregnancies: every row has the same value, 6/);
    assert.equal(await card.getByRole("table").isVisible(), false);
    await card.getByText("4 columns, and what each was taken for").click();
    const rows = await card.getByRole("row").allInnerTexts();
    assert.deepEqual(
      rows.map((row) => row.split("\t").map((cell) => cell.trim())),
      [
        ["Column", "Type", "Reason", "Missing values"],
        ["Pregnancies", "integer", "all values are numbers", "0"],
        ["Glucose", "number", "all values are numbers", "5"],
        ["BMI", "number", "stated", "0"],
        ["Pedigree", "number", "all values are numbers", "0"],
      ],
    );
    assert.deepEqual(on.complaints, []);
  });

  it("shows what the model card says of its use, and which features its answers hang on", async () => {
    await on.open("", "Model card");
    const card = on.page.getByRole("region", { name: "Model card" });
    const text = await card.innerText();
    for (const said of [
      "Contact: data team",
      "License: apache-2.0",
      "Not for, or badly: Children.",
    ])
      assert.ok(text.includes(said), text);
    await card.getByText("What its answers hang on").click();
    const ranked = await card.getByRole("list").last().getByRole("listitem").allInnerTexts();
    assert.deepEqual(ranked, ["Glucose: 0.1042", "BMI: 0.0213"]);
    assert.deepEqual(on.complaints, []);
  });

  it("does without either for a model of an older training", async () => {
    await on.open("#/titanic-model", "Titanic");
    await on.button("Predict").waitFor();
    assert.equal(await on.page.getByText("What the training understood").count(), 0);
    assert.equal(await on.page.getByText("Model card").count(), 0);
  });

  it("answers with output, probability, risk level, and the version that answered", async () => {
    await on.openForm();
    await on.predict("Élevé");
    const text = await on.answer().innerText();
    assert.match(text, /has diabetes\s+yes\s+Élevé/);
    assert.match(text, /81\.3%/);
    assert.match(text, /diabetes-model version 3, answered in \d+ ms/);
    assert.deepEqual(JSON.parse(on.api.seen.at(-1)?.body ?? ""), diabetes.example);
    assert.deepEqual(on.complaints, []);
  });

  it("shows from which probability on a model with a threshold answers the positive class", async () => {
    on.api.replies["/model"] = { body: { ...diabetes, threshold: 0.27 } };
    await on.openForm();
    await on.predict("Élevé");
    assert.match(await on.answer().innerText(), /The answer is yes from 27% on\./);
    assert.deepEqual(on.complaints, []);
  });

  it("says an answer in the model's own sentence, and colours its bands as the model does", async () => {
    const classes = diabetes.classes.map((one, index) => ({
      ...one,
      sentence: ["the patient stays well", "the patient falls ill"][index] ?? "",
    }));
    const tones = ["bad", "caution", "good"] as const;
    const risk_bands = diabetes.risk_bands.map((band, index) => ({
      ...band,
      tone: tones[index] ?? "bad",
    }));
    on.api.replies["/model"] = { body: { ...diabetes, classes, risk_bands, threshold: 0.27 } };
    await on.openForm();
    await on.predict("The patient falls ill");
    const text = await on.answer().innerText();
    assert.match(text, /Probability that the patient falls ill/);
    const brief = await on.page.locator(".brief").textContent();
    assert.equal(brief, "The patient falls ill; probability that the patient falls ill 81.3%");
    assert.match(text, /The answer is that the patient falls ill from 27% on\./);
    assert.doesNotMatch(text.split("The same in code")[0] ?? "", /has diabetes|yes/);
    const bands = await on.answer().locator(".band").all();
    const tonesShown = await Promise.all(bands.map((band) => band.getAttribute("class")));
    assert.deepEqual(tonesShown, ["band bad", "band fair", "band good"]);
    assert.match((await on.answer().locator(".pill").getAttribute("class")) ?? "", /good/);
    assert.deepEqual(on.complaints, []);
  });

  it("shows a prediction interval beside the number, in its unit", async () => {
    const model = { name: "diabetes-model", version: "3" };
    const output = { name: "progression", type: "number", unit: "points" } as const;
    const numbers = { classes: [], positive: null, risk_bands: [], output };
    const interval = { coverage: 0.9, half_width: 40 };
    on.api.replies["/model"] = { body: { ...diabetes, ...numbers, task: "regression", interval } };
    const ends = { low: 110.5, high: 190.5, coverage: 0.9 };
    on.api.replies["/predict"] = { body: { progression: 150.5, interval: ends, model } };
    await on.openForm();
    await on.predict("Between");
    const text = await on.answer().innerText();
    assert.match(text, /Between 110\.5 points and 190\.5 points for 90% of such rows\./);
    assert.deepEqual(on.complaints, []);
  });

  it("says so where the model has no number for the values", async () => {
    await on.openForm();
    const model = { name: "diabetes-model", version: "3" };
    on.api.replies["/predict"] = {
      body: { has_diabetes: false, probability: null, risk_level: null, model },
    };
    await on.predict("The model has no probability for these values.");
    assert.equal(await on.answer().getByRole("meter").count(), 0);
    assert.deepEqual(on.complaints, []);
  });

  it("says that an answer is old once a value has changed", async () => {
    await on.openForm();
    await on.predict("Élevé");
    await on.field("Glucose mg/dL").fill("90");
    const said = on.page.getByText("Values have changed since this answer.");
    await said.waitFor();
    await on.button("Reset to the example").click();
    await said.waitFor({ state: "detached" });
    await on.field("Glucose mg/dL").fill("148.0");
    assert.equal(await said.count(), 0);
  });

  it("keeps slider and number together", async () => {
    await on.openForm();
    await on.field("Glucose, slider").fill("201");
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "201");
    await on.field("Glucose mg/dL").fill("77");
    assert.equal(await on.field("Glucose, slider").inputValue(), "77");
  });

  it("can be used with the keyboard alone", async () => {
    await on.openForm();
    await on.field("Pregnancies, slider").focus();
    await on.page.keyboard.press("ArrowRight");
    await on.page.keyboard.press("Tab");
    assert.equal(await on.field("Pregnancies").inputValue(), "7");
    await on.page.keyboard.press("Enter");
    await on.answer().getByText("Élevé").first().waitFor();
    assert.match(on.api.seen.at(-1)?.body ?? "", /"Pregnancies":7/);
  });

  it("shows what was wrong at each field, and puts the cursor into the first one", async () => {
    await on.openForm();
    const errors = [
      { path: "/Glucose", detail: "must be at most 300" },
      { path: "/Pedigree", detail: "is required" },
    ];
    const type = "application/problem+json";
    on.api.replies["/predict"] = { status: 422, type, body: { detail: "2 values", errors } };
    await on.field("Glucose mg/dL").fill("400");
    await on.field("Pedigree").fill("");
    await on.predict("2 fields need another value");
    assert.equal(await on.field("Glucose mg/dL").getAttribute("aria-invalid"), "true");
    assert.match(await on.describedBy("Glucose mg/dL"), /must be at most 300/);
    assert.match(await on.describedBy("Pedigree"), /is required/);
    assert.equal(await on.page.locator(":focus").inputValue(), "400");
    await on.field("Glucose mg/dL").fill("300");
    assert.doesNotMatch(await on.describedBy("Glucose mg/dL"), /must be/);
  });

  it("leaves out a value marked as missing, and restores it when unmarked", async () => {
    await on.openForm("#/titanic-model");
    await on.field("Age is missing").check();
    assert.ok(await on.field("Age years").isDisabled());
    await on.predict("lower");
    assert.deepEqual(JSON.parse(on.other.seen.at(-1)?.body ?? ""), { Sex: "male", Alone: true });
    await on.field("Age is missing").uncheck();
    assert.equal(await on.field("Age years").inputValue(), "22");
  });

  it("offers categories as a list, open ones as text with suggestions, booleans as a tick", async () => {
    await on.openForm("#/titanic-model");
    await on.field("Sex").selectOption("female");
    await on.field("Alone").uncheck();
    await on.field("Port is missing").uncheck();
    await on.field("Port").fill("Somewhere else");
    await on.predict("lower");
    const row = { Sex: "female", Age: 22, Alone: false, Port: "Somewhere else" };
    assert.deepEqual(JSON.parse(on.other.seen.at(-1)?.body ?? ""), row);
  });

  it("shows the probability of every class, likeliest first", async () => {
    await on.openForm("#/titanic-model");
    await on.predict("61.0%");
    assert.deepEqual(await on.answer().locator("dt").allInnerTexts(), ["lower", "middle", "upper"]);
  });

  it("goes to the first model, to the one in the address, and back", async () => {
    await on.open("", "Diabetes");
    await on.page.getByRole("link", { name: "titanic-model" }).click();
    await on.page.getByRole("heading", { name: "Titanic", exact: true }).waitFor();
    assert.match(on.page.url(), /#\/titanic-model$/);
    await on.page.goBack();
    await on.page.getByRole("heading", { name: "Diabetes", exact: true }).waitFor();
  });

  it("leads to the API's own description, where people reach it", async () => {
    const link = () => on.page.getByRole("link", { name: "How programs ask it" });
    await on.openForm();
    assert.equal(await link().count(), 0);
    await on.page.context().close();
    await on.app.close();
    const docs = "https://diabetes.example.com/docs";
    await on.serve([{ name: "diabetes-model", url: on.api.url, docs }]);
    await on.openForm();
    assert.equal(await link().getAttribute("href"), docs);
  });

  it("says so when the address names a model that is not here", async () => {
    await on.open("#/%3Cb%3Eother", "There is no model called “<b>other” here.");
  });
});
