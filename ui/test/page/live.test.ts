import assert from "node:assert/strict";
import { describePage } from "../support/page-fixture.ts";
import { diabetes } from "../support/packages.ts";

describePage("each change predicted at once", (on) => {
  const bodies = () =>
    on.api.seen
      .filter(({ url }) => url === "/predict")
      .map(({ body }) => (JSON.parse(body) as { Glucose?: number }).Glucose);
  const switchOn = () => on.page.getByLabel(on.texts.live).check();

  it("is asked for by nobody until it is switched on, then for the form as it stands", async () => {
    await on.openForm();
    await on.field("Glucose mg/dL").fill("99");
    await on.page.waitForTimeout(400);
    assert.deepEqual(bodies(), []);
    await switchOn();
    await on.answer().getByText("81.3%").first().waitFor();
    assert.deepEqual(bodies(), [99]);
    await on.field("Glucose mg/dL").fill("98");
    await on.until(() => Promise.resolve(bodies().length === 2));
    assert.deepEqual(bodies(), [99, 98]);
    assert.deepEqual(on.complaints, []);
  });

  it("waits for a pause in typing, and shows the newest answer alone", async () => {
    await on.openForm();
    await switchOn();
    await on.answer().getByText("81.3%").first().waitFor();
    on.api.replies["/predict"] = "hang";
    await on.field("Glucose mg/dL").fill("97");
    await on.until(() => Promise.resolve(bodies().at(-1) === 97));
    const model = { name: diabetes.name, version: diabetes.version };
    on.api.replies["/predict"] = { body: { has_diabetes: false, probability: 0.2, model } };
    await on.field("Glucose mg/dL").pressSequentially("1");
    await on.answer().getByText("20.0%").first().waitFor();
    await on.page.getByText("Values have changed").waitFor({ state: "detached" });
    assert.deepEqual(bodies(), [148, 97, 971]);
  });

  it("leaves the last answer on the page and the focus in the field while it asks, also where a value is refused", async () => {
    await on.openForm();
    await switchOn();
    await on.answer().getByText("81.3%").first().waitFor();
    const errors = [{ path: "/BMI", detail: "must be at most 60" }];
    on.api.replies["/predict"] = { status: 422, body: { errors } };
    await on.field("Glucose mg/dL").fill("99");
    await on.answer().getByText("One field needs").waitFor();
    assert.match(await on.describedBy("Body mass index kg/m²"), /must be at most 60/);
    assert.equal(await on.page.locator(":focus").inputValue(), "99");
  });

  it("is remembered on the next visit", async () => {
    await on.openForm();
    await switchOn();
    await on.page.reload();
    await on.answer().getByText("81.3%").first().waitFor();
    assert.equal(await on.page.getByLabel(on.texts.live).isChecked(), true);
  });
});
