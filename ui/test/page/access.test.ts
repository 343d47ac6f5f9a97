import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { describePage } from "../support/page-fixture.ts";
import { diabetes } from "../support/packages.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

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
      await on.answer().getByText("The same with curl").click();
      for (const columns of await on.page.getByText("columns, and what").all())
        await columns.click();
      assert.equal(await on.page.evaluate("document.documentElement.scrollWidth"), 360);
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has no accessibility fault that axe finds, in ${colorScheme} colours`, async () => {
      await on.openForm("", { colorScheme });
      await on.page.evaluate(await readFile(AXE, "utf8"));
      assert.deepEqual(await accessibilityFaults(), []);
      await on.page.getByText("4 columns, and what").click();
      await on.predict("Élevé");
      await on.answer().getByText("The same with curl").click();
      assert.deepEqual(await accessibilityFaults(), []);
      const errors = [{ path: "/Glucose", detail: "must be a number" }];
      on.api.replies["/predict"] = { status: 422, body: { errors } };
      await on.predict("One field needs");
      assert.deepEqual(await accessibilityFaults(), []);
      await on.page.getByRole("link", { name: "titanic-model" }).click();
      await on.page.getByText("Alone").waitFor();
      assert.deepEqual(await accessibilityFaults(), []);
    });
  }

  async function accessibilityFaults(): Promise<string[]> {
    const run = `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => id + ": " + html)))`;
    return on.page.evaluate<string[]>(run);
  }
});
