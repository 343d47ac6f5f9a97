import assert from "node:assert/strict";
import { describePage } from "../support/page-fixture.ts";
import { healthy } from "../support/fake-api.ts";
import { diabetes } from "../support/packages.ts";

describePage("the page in trouble", (on) => {
  it("makes the form by itself when an API comes up later", async () => {
    const { port } = new URL(on.api.url);
    await on.api.close();
    await on.open("", "The model’s API is starting.");
    await on.page.getByText("Starting", { exact: true }).waitFor();
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

  it("calls an API that was there unreachable, and its form missing", async () => {
    await on.openForm();
    await on.page.context().close();
    await on.api.close();
    await on.open("", "whose API cannot be reached.");
    await on.page.getByText("Unreachable", { exact: true }).waitFor();
  });

  it("tells why an API has no model, and promises no form where nothing brings one", async () => {
    const problem = "models:/diabetes-model@champion: no version has the alias.";
    on.api.replies["/health"] = { body: { model_loaded: false, registry: { problem } } };
    on.api.replies["/model"] = { status: 503, body: { detail: "no model" } };
    await on.open("", problem);
    await on.page.getByText("Where its training failed").waitFor();
    assert.equal(await on.page.getByText("by itself").count(), 0);
  });

  it("looks at an API's health as soon as it does not answer", async () => {
    await on.openForm();
    await on.api.close();
    const looked = on.page.waitForRequest(/api\/models$/);
    await on.predict("cannot be reached");
    await looked;
    await on.page.getByText("Unreachable", { exact: true }).waitFor();
  });

  it("tells those who must sign in from those who have no right", async () => {
    await on.openForm();
    on.api.replies["/predict"] = { status: 401, body: {} };
    await on.predict("You need to sign in to use this model.");
    on.api.replies["/predict"] = { status: 403, body: { detail: "Role 'doctor' is needed." } };
    await on.predict("ask those who run it for access. Role 'doctor' is needed.");
    assert.doesNotMatch(await on.answer().innerText(), /sign in/);
  });

  it("says in plain words when its own server goes away", async () => {
    await on.openForm();
    await on.app.close();
    await on.predict("The page's server does not answer.");
    await on.page.getByRole("alert").waitFor({ timeout: 10_000 });
    await on.page.getByText("Unknown", { exact: true }).waitFor();
    assert.equal(await on.page.getByText("Healthy", { exact: true }).count(), 0);
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
