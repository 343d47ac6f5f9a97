import assert from "node:assert/strict";
import { describePage } from "../support/page-fixture.ts";
import { diabetes, titanic } from "../support/packages.ts";

const contributions = [
  { feature: "Glucose", contribution: 0.311, error: 0.0112 },
  { feature: "Pedigree", contribution: -0.0504, error: 0.004 },
  { feature: "BMI", contribution: 0, error: 0 },
];
const model = { name: diabetes.name, version: diabetes.version };
const explanation = {
  prediction: { has_diabetes: true, probability: 0.813, model },
  ...{ class: "yes", value: 0.813, base: 0.3581, contributions, orders: 256 },
};

describePage("why an answer is what it is", (on) => {
  const asked = () => on.api.seen.filter(({ url }) => url === "/explain");

  beforeEach(() => {
    on.api.replies["/explain"] = { body: explanation };
  });

  it("is asked for the row that was answered, by a button, and not before", async () => {
    await on.openForm();
    await on.predict("81.3%");
    assert.equal(asked().length, 0);
    await on.button("Why this answer?").click();
    await on.answer().getByText("Body mass index").waitFor();
    assert.deepEqual(
      asked().map(({ body }) => JSON.parse(body) as unknown),
      [diabetes.example],
    );
    const text = (await on.answer().innerText()).replaceAll(/\s+/g, " ");
    assert.match(text, /The mean probability of yes is 35\.8%; here it is 81\.3%/);
    assert.match(
      text,
      /Glucose \+31\.1 ± 1\.1 Pedigree −5\.0 ± 0\.4 Body mass index \+0\.0 ± 0\.0/,
    );
    assert.deepEqual(on.complaints, []);
  });

  it("draws what raises the answer to the right and what lowers it to the left, by size", async () => {
    await on.openForm();
    await on.predict("81.3%");
    await on.button("Why this answer?").click();
    await on.answer().getByText("Body mass index").waitFor();
    const bars = await on.answer().locator(".lever").all();
    const shares = await Promise.all(
      bars.map(async (bar) => {
        const [whole, part] = [await bar.boundingBox(), await bar.locator("span").boundingBox()];
        assert.ok(whole && part);
        const middle = whole.x + whole.width / 2;
        const share = part.width / (whole.width / 2);
        return Number((part.x < middle - 1 ? -share : share).toFixed(2));
      }),
    );
    assert.deepEqual(shares, [1, -0.16, 0]);
  });

  it("is gone with the next answer, which may have other reasons", async () => {
    await on.openForm();
    await on.predict("81.3%");
    await on.button("Why this answer?").click();
    await on.answer().getByText("Body mass index").waitFor();
    await on.field("Glucose mg/dL").fill("99");
    await on.predict("81.3%");
    await on.button("Why this answer?").waitFor();
    assert.equal(await on.answer().getByText("Body mass index").count(), 0);
  });

  it("says that it cannot be told now, and may be asked again", async () => {
    const detail = "The server explains as many predictions as it can at once. Try again shortly.";
    on.api.replies["/explain"] = {
      ...{ status: 503, type: "application/problem+json" },
      body: { title: "Service Unavailable", status: 503, detail },
    };
    await on.openForm();
    await on.predict("81.3%");
    await on.button("Why this answer?").click();
    await on.answer().getByText("as many predictions as it can").waitFor();
    on.api.replies["/explain"] = { body: explanation };
    await on.button("Why this answer?").click();
    await on.answer().getByText("Body mass index").waitFor();
  });

  it("says together what many small contributions do", async () => {
    const many = Array.from({ length: 12 }, (_, at) => ({
      ...{ feature: `f${at}`, contribution: 0.12 - at / 100, error: 0.001 },
    }));
    on.api.replies["/explain"] = { body: { ...explanation, contributions: many } };
    await on.openForm();
    await on.predict("81.3%");
    await on.button("Why this answer?").click();
    await on.answer().getByText("4 others together").waitFor();
    const text = (await on.answer().innerText()).replaceAll(/\s+/g, " ");
    assert.match(text, /f7 \+5\.0 ± 0\.1 4 others together \+10\.0/);
    assert.equal(await on.answer().locator(".lever").count(), 9);
  });

  it("names the class that is explained, and the unit of a number", async () => {
    on.other.replies["/explain"] = {
      body: { ...explanation, class: null, value: 151.2, base: 140.5, contributions: [] },
    };
    await on.openForm(`#/${titanic.name}`);
    await on.predict("lower");
    await on.button("Why this answer?").click();
    await on.answer().getByText("The mean answer is 140.5; here it is 151.2.").waitFor();
  });
});
