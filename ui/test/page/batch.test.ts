import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { accessibilityFaults } from "../support/accessibility.ts";
import { describePage } from "../support/page-fixture.ts";
import { diabetes } from "../support/packages.ts";

const model = { name: diabetes.name, version: "3" };
const answers = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    has_diabetes: at % 2 === 0,
    probability: 0.25,
    risk_level: "Faible",
    model,
  }));
const HEADER = diabetes.features.map(({ name }) => name).join(";");
const line = (glucose: string) =>
  diabetes.features.map(({ name }) => (name === "Glucose" ? glucose : "1")).join(";");
const csv = (...lines: string[]) => ({
  name: "patients.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(`${HEADER}\n${lines.join("\n")}\n`),
});

describePage("a file of rows on the page", (on) => {
  const card = () => on.page.getByRole("region", { name: on.texts.fileOfRows });
  const choose = async (file: ReturnType<typeof csv>) => {
    await card().locator("input[type=file]").setInputFiles(file);
  };
  beforeEach(async () => {
    await on.openForm("", { acceptDownloads: true });
    await card().getByText("A file of rows").click();
  });

  it("is read, predicted and taken away with its answers; a cell that means nothing is named", async () => {
    await choose(csv(line("99,5"), line("many"), line("120,25")));
    await card().getByText("3 rows, read as UTF-8, with semicolons between the columns").waitFor();
    assert.equal(await card().getByLabel("Decimals behind").inputValue(), ",");
    on.api.replies["/predict"] = { body: answers(2) };
    await on.button("Predict 3 rows").click();
    await card().getByText("Answered by version 3: 2 rows").waitFor();
    await card().getByText("Row 3, Glucose: must be a number such as").waitFor();
    const sent = JSON.parse(on.api.seen.at(-1)?.body ?? "") as { Glucose: number }[];
    assert.deepEqual(
      sent.map(({ Glucose }) => Glucose),
      [99.5, 120.25],
    );
    const taken = on.page.waitForEvent("download");
    await on.button("Download with the answers").click();
    const download = await taken;
    assert.equal(download.suggestedFilename(), "patients-predicted.csv");
    const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
    assert.equal(lines[0], `${HEADER};has_diabetes;probability;model_version;error`);
    assert.equal(lines[1], `${line("99,5")};true;0,25;3;`);
    assert.match(lines[2] ?? "", /;;;;Glucose must be a number such as 12,5$/);
    assert.deepEqual(on.complaints, []);
  });

  it("is refused where columns are not there, with the names that it has", async () => {
    await choose({ ...csv(), buffer: Buffer.from("Glucose;Weight\n1;2\n") });
    await card().getByText("needs columns that the file does not have").waitFor();
    await card().getByText("it has Glucose, Weight").waitFor();
    assert.equal(await card().getByRole("button", { name: "Predict" }).count(), 0);
  });

  it("keeps what was answered before the model failed or a person cancelled", async () => {
    await choose(csv(...Array.from({ length: 600 }, () => line("99"))));
    on.api.replies["/predict"] = { body: answers(500) };
    await on.page.route("**/predict", async (route) => {
      const { length } = JSON.parse(route.request().postData() ?? "[]") as unknown[];
      if (length === 500) await route.continue();
      // The second request never ends.
    });
    await on.button("Predict 600 rows").click();
    await card().getByText("500 of 600 rows").waitFor();
    await on.button("Cancel").click();
    await card().getByText("Cancelled. Answered before that: 500 rows.").waitFor();
    on.api.replies["/predict"] = { status: 403, body: { detail: "other scope" } };
    await on.page.unroute("**/predict");
    await on.button("Predict 600 rows").click();
    await card().getByText("You may not use this model").waitFor();
  });

  it("is for everyone, on a phone too", async () => {
    await on.page.context().close();
    await on.openForm("", { viewport: { width: 360, height: 740 }, colorScheme: "dark" });
    await card().getByText("A file of rows").click();
    await choose(csv(line("99"), line("many")));
    on.api.replies["/predict"] = { body: answers(1) };
    await on.button("Predict 2 rows").click();
    await card().getByText("Answered by version 3: one row").waitFor();
    assert.deepEqual(await accessibilityFaults(on.page), []);
    assert.equal(await on.page.evaluate("document.documentElement.scrollWidth"), 360);
    const folder = process.env["SLIPWAY_SCREENSHOTS"];
    if (folder) await on.page.screenshot({ path: `${folder}/batch.png`, fullPage: true });
  });
});
