import assert from "node:assert/strict";
import { entriesOf, inputsOf } from "../../page/address.ts";
import { exampleEntries } from "../../page/form.ts";
import { describePage } from "../support/page-fixture.ts";
import { diabetes, titanic } from "../support/packages.ts";

describe("inputs in the address", () => {
  it("are none while the form is the example", () => {
    for (const pack of [diabetes, titanic]) assert.equal(inputsOf(pack, exampleEntries(pack)), "");
  });

  it("read back as they were, with what is missing and names of any kind", () => {
    const entries = {
      ...exampleEntries(titanic),
      Age: { value: "", missing: true },
      Alone: { value: false, missing: false },
      Port: { value: "a&b=c%/?", missing: false },
    };
    const inputs = inputsOf(titanic, entries);
    assert.equal(inputs, "Sex=male&Age=&Alone=false&Port=a%26b%3Dc%25%2F%3F");
    assert.deepEqual(entriesOf(titanic, inputs), { entries, refused: [] });
  });

  it("are said and not taken where they are unknown or invalid", () => {
    const wrong = "Shoe=42&Sex=other&Alone=perhaps&Age=1,5";
    assert.deepEqual(entriesOf(titanic, wrong), {
      entries: exampleEntries(titanic),
      refused: [
        "“Shoe” is no input of this model.",
        "Sex cannot be “other”: it must be one of the 2 in the list.",
        "Alone cannot be “perhaps”: it must be true or false.",
        "Age cannot be “1,5”: it must be a number such as 12.5.",
      ],
    });
    assert.deepEqual(entriesOf(diabetes, "Pregnancies=1.5&Glucose=301&BMI=1e999").refused, [
      "Pregnancies cannot be “1.5”: it must be a whole number.",
      "Glucose cannot be “301”: it must be at most 300.",
      "Body mass index cannot be “1e999”: it must be a number such as 12.5.",
    ]);
  });
});

describePage("the address of the page", (on) => {
  const written = (hash: string) => on.page.waitForURL((url) => url.hash === hash);

  it("keeps what was typed over a reload, and shares it across languages", async () => {
    await on.openForm("", { locale: "fr-FR" });
    await on.field("Pedigree").fill("1,5");
    await written("#/diabetes-model?Pregnancies=6&Glucose=148&BMI=33.6&Pedigree=1.5");
    await on.page.reload();
    await on.button("Prédire").waitFor();
    assert.equal(await on.field("Pedigree").inputValue(), "1,5");
    const { hash } = new URL(on.page.url());
    await on.page.context().close();
    await on.openForm(hash, { locale: "en-US" });
    assert.equal(await on.field("Pedigree").inputValue(), "1.5");
    await on.button("Reset to the example").click();
    await written("#/diabetes-model");
  });

  it("keeps what was typed while another model is looked at", async () => {
    await on.openForm();
    await on.field("Glucose mg/dL").fill("99");
    await on.page.getByRole("link", { name: "titanic-model" }).click();
    await on.field("Age years").fill("30");
    await on.page.getByRole("link", { name: "diabetes-model" }).click();
    await on.field("Glucose mg/dL").waitFor();
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "99");
    await on.page.getByRole("link", { name: "titanic-model" }).click();
    await on.field("Age years").waitFor();
    assert.equal(await on.field("Age years").inputValue(), "30");
  });

  it("makes the form anew when other inputs are put into it", async () => {
    await on.openForm("#/diabetes-model?Glucose=90");
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "90");
    await on.page.evaluate("location.hash = '#/diabetes-model?Glucose=91'");
    await on.until(async () => (await on.field("Glucose mg/dL").inputValue()) === "91");
  });

  it("says what it holds in vain", async () => {
    await on.openForm("#/diabetes-model?Glucose=9000&Shoe=42");
    const text = await on.page.getByRole("alert").innerText();
    assert.match(text, /Glucose cannot be “9000”: it must be at most 300\./);
    assert.match(text, /“Shoe” is no input of this model\./);
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "148");
    assert.deepEqual(on.complaints, []);
  });
});
