import assert from "node:assert/strict";
import { differences } from "../../page/history.ts";
import { accessibilityFaults } from "../support/accessibility.ts";
import { describePage } from "../support/page-fixture.ts";
import { diabetes } from "../support/packages.ts";

describe("what is different between two rows", () => {
  it("is each feature with another value, also one that is missing, in the features' order", () => {
    const found = differences(
      diabetes.features,
      { BMI: 30, Glucose: 99 },
      { BMI: 31, Pedigree: 1 },
    );
    assert.deepEqual(
      found.map(({ feature, then, now }) => [feature.name, then, now]),
      [
        ["Glucose", 99, undefined],
        ["BMI", 30, 31],
        ["Pedigree", undefined, 1],
      ],
    );
  });
});

describePage("the answers so far", (on) => {
  const card = () => on.page.getByRole("region", { name: /^The last \d+ answers$/ });

  it("are shown with what was different, and bring their inputs back; a reload keeps them", async () => {
    await on.openForm();
    await on.predict("Élevé");
    assert.equal(await card().count(), 0);
    const model = { name: diabetes.name, version: "4" };
    const other = { has_diabetes: false, probability: 0.12, risk_level: "Faible", model };
    on.api.replies["/predict"] = { body: other };
    await on.field("Glucose mg/dL").fill("90");
    await on.predict("Faible");
    await card().getByText("The last 2 answers").click();
    const rows = () => card().locator("tbody tr").allInnerTexts();
    const [newest = "", oldest = ""] = await rows();
    assert.match(newest, /^no; probability of yes 12\.0%\s+the same\s+version 4\s/);
    assert.match(oldest, /^yes; probability of yes 81\.3%\s+Glucose 148 → 90\s+version 3\s/);
    assert.deepEqual(await accessibilityFaults(on.page), []);
    await card().getByRole("button", { name: "yes; probability" }).click();
    assert.equal(await on.field("Glucose mg/dL").inputValue(), "148");
    assert.match((await rows())[0] ?? "", /Glucose 90 → 148/);
    await on.page.reload();
    await card().getByText("The last 2 answers").click();
    await on.button("Forget them").click();
    await card().waitFor({ state: "detached" });
    assert.doesNotMatch(await on.page.evaluate("JSON.stringify(localStorage)"), /answers/);
    assert.deepEqual(on.complaints, []);
  });
});
