import assert from "node:assert/strict";
import { describePage } from "../support/page-fixture.ts";
import { healthy } from "../support/fake-api.ts";
import { diabetes } from "../support/packages.ts";

describePage("the page in trouble", (on) => {
  it("makes the form by itself when an API comes up later", async () => {
    const { port } = new URL(on.api.url);
    await on.api.close();
    await on.open("", "The form is made from the model, which is not there yet.");
    await on.page.getByText("Unreachable", { exact: true }).waitFor();
    await on.api.listen(Number(port));
    await on.button("Predict").waitFor({ timeout: 10_000 });
  });

  it("says in plain words when the API goes away, and keeps the form", async () => {
    await on.openForm();
    await on.field("Glucose mg/dL").fill("99");
    await on.api.close();
    await on.predict("The API of diabetes-model cannot be reached");
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "99");
    await on.page.getByText("Unreachable", { exact: true }).waitFor({ timeout: 10_000 });
  });

  it("says in plain words when its own server goes away", async () => {
    await on.openForm();
    await on.app.close();
    await on.predict("The page's server does not answer.");
    await on.page.getByRole("alert").waitFor({ timeout: 10_000 });
  });

  it("follows the API to another version without losing what was typed", async () => {
    await on.openForm();
    await on.field("Glucose mg/dL").fill("99");
    const swapped = healthy({ ...diabetes, version: "4", title: "Diabetes II" }, {});
    Object.assign(on.api.replies, swapped);
    await on.page.getByText("Diabetes II").waitFor({ timeout: 10_000 });
    await on.page.getByText("version 4").waitFor();
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "99");
  });
});
