import assert from "node:assert/strict";
import { accessibilityFaults } from "../support/accessibility.ts";
import { describePage } from "../support/page-fixture.ts";
import { diabetes } from "../support/packages.ts";

const contributions = [{ feature: "Glucose", contribution: 0.4, error: 0.01 }];
const explored = Array.from({ length: 42 }, (_, at) => ({ probability: at / 41 }));

describePage("the page for everyone", (on) => {
  it("shows markup in a package as the text that it is", async () => {
    on.api.replies["/model"] = { body: { ...diabetes, title: "<img src=x onerror=alert(1)>" } };
    await on.open("", "<img src=x onerror=alert(1)>");
    assert.deepEqual(on.complaints, []);
  });

  for (const path of ["#/diabetes-model", "#/titanic-model"]) {
    it(`fits a narrow phone without scrolling sideways at ${path}`, async () => {
      await on.openForm(path, { viewport: { width: 360, height: 740 } });
      await on.button("Predict").click();
      await on.answer().getByText("The same in code").click();
      for (const columns of await on.page.getByText("columns, and what").all())
        await columns.click();
      assert.equal(await on.page.evaluate("document.documentElement.scrollWidth"), 360);
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has no accessibility fault that axe finds, in ${colorScheme} colours`, async () => {
      await on.openForm("", { colorScheme });
      assert.deepEqual(await accessibilityFaults(on.page), []);
      await on.page.getByText("4 columns, and what").click();
      await on.predict("Élevé");
      await on.answer().getByText("The same in code").click();
      on.api.replies["/explain"] = { body: { class: "yes", value: 0.8, base: 0.4, contributions } };
      await on.button("Why this answer?").click();
      await on.answer().getByText("Percentage points").waitFor();
      on.api.replies["/predict?explore=true"] = { body: explored };
      await on.page.getByText("What if…").click();
      await on.page.locator(".what-if svg").waitFor();
      assert.deepEqual(await accessibilityFaults(on.page), []);
      await on.field("Glucose mg/dL").fill("290");
      await on.page.getByText("Values have changed").waitFor();
      assert.deepEqual(await accessibilityFaults(on.page), []);
      const errors = [{ path: "/Glucose", detail: "must be a number" }];
      on.api.replies["/predict"] = { status: 422, body: { errors } };
      await on.predict("One field needs");
      assert.deepEqual(await accessibilityFaults(on.page), []);
      await on.page.getByRole("link", { name: "titanic-model" }).click();
      await on.field("Alone").waitFor();
      assert.deepEqual(await accessibilityFaults(on.page), []);
    });
  }

  it("keeps the focus on Predict when it is pressed by keyboard, and asks once", async () => {
    await on.openForm();
    await on.button("Predict").focus();
    on.api.replies["/predict"] = "hang";
    await on.page.keyboard.press("Enter");
    await on.page.keyboard.press("Enter");
    await on.answer().getByText("did not answer within 2 s").waitFor();
    assert.equal(await on.page.locator(":focus").innerText(), "Predict");
    assert.equal(on.api.seen.filter(({ url }) => url === "/predict").length, 1);
  });

  it("begins with a link past the models, which leaves the address alone", async () => {
    await on.openForm("#/titanic-model");
    await on.page.keyboard.press("Tab");
    assert.equal(await on.page.locator(":focus").innerText(), "Skip to the form");
    await on.page.keyboard.press("Enter");
    await on.page.keyboard.press("Tab");
    assert.equal(await on.page.locator(":focus").getAttribute("id"), "field-0");
    assert.equal(new URL(on.page.url()).hash, "#/titanic-model");
  });

  it("has one first heading on every page", async () => {
    const headings = () => on.page.getByRole("heading", { level: 1 }).allInnerTexts();
    await on.openForm();
    assert.deepEqual(await headings(), ["Diabetes"]);
    await on.page.goto("about:blank");
    await on.page.context().close();
    await on.open("#/other", "There is no model");
    assert.deepEqual(await headings(), ["Unknown model"]);
  });

  it("has targets of at least 24 pixels to each side", async () => {
    for (const path of ["#/diabetes-model", "#/titanic-model"]) {
      await on.openForm(path, { viewport: { width: 360, height: 740 } });
      await on.button("Predict").click();
      const summary = on.answer().getByText("The same in code");
      await summary.waitFor();
      const small = `[...document.querySelectorAll("a:not(.skip), button, input, select, summary")]
        .filter((target) => target.checkVisibility())
        .filter((target) => Math.min(target.offsetWidth, target.offsetHeight) < 24)
        .map((target) => target.outerHTML)`;
      assert.deepEqual(await on.page.evaluate(small), []);
      await on.page.context().close();
    }
    await on.openForm();
  });

  it("shows its scale and its marker where the system forces its colours", async () => {
    await on.openForm("", { forcedColors: "active" });
    await on.predict("Élevé");
    const colours = await on.page.evaluate<string[]>(
      `[...document.querySelectorAll(".track > div")].map((part) => getComputedStyle(part).backgroundColor)`,
    );
    assert.equal(new Set(colours).size, 4, String(colours));
  });
});
