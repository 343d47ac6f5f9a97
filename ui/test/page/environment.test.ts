import assert from "node:assert/strict";
import { FakeApi } from "../support/fake-api.ts";
import { answerAsPrometheus } from "../support/fake-prometheus.ts";
import { accessibilityFaults } from "../support/accessibility.ts";
import { describePage } from "../support/page-fixture.ts";

const CELLS = `[...document.querySelectorAll("tbody tr")].map((row) =>
  [...row.cells].map((cell) => cell.innerText.trim()))`;

describePage("the environment on the page", (on) => {
  let prometheus: FakeApi;
  beforeEach(async () => {
    prometheus = new FakeApi({});
    await on.app.close();
    await on.serve(
      [
        { name: "diabetes-model", url: on.api.url },
        { name: "titanic-model", url: on.other.url },
      ],
      await prometheus.listen(),
    );
  });
  afterEach(() => prometheus.close());

  const hours = (count: number) => String(Date.now() / 1000 - 3600 * count);
  const known = () => {
    // Behind its Service each API has a name; these are two ports of one host.
    const of = { job: "127" };
    answerAsPrometheus(
      prometheus,
      {
        rate: [[of, "0.5"]],
        p50: [[of, "0.0021"]],
        p99: [[of, "0.0184"]],
        replicas: [[{ ...of, version: "3" }, "2"]],
        drift: [[{ ...of, feature: "Glucose" }, "0.34"]],
        made: [[{}, hours(3)]],
        proven: [[{}, hours(50)]],
        sleeps: [[{}, hours(-9)]],
      },
      [{ name: "FeatureDrift", severity: "warning", summary: "Glucose no longer looks like it" }],
      ["BackupTooOld"],
    );
  };

  it("tells what fires, how each model answers, and when a backup was last proven", async () => {
    known();
    await on.open("#environment", "Glucose no longer looks like it");
    const row = (await on.page.evaluate<string[][]>(CELLS))[1];
    assert.deepEqual(row, [
      "titanic-model",
      "Healthy",
      "3 on 2 replicas",
      "30",
      "2.1 ms",
      "18 ms",
      "Glucose: 0.34",
    ]);
    const backups = await on.page.getByRole("region", { name: "Backups" }).innerText();
    assert.match(backups, /Last backup\s.*\(3 hours ago\)\s+Last proven restore\s.*\(2 days ago\)/);
    const sleep = await on.page.getByRole("region", { name: "Hours of sleep" }).innerText();
    assert.match(sleep, /Falls asleep\s.*\(in 9 hours\)\s+Wakes up\s+none known/);
    assert.equal(await on.page.title(), "Status · Slipway");
    assert.deepEqual(on.complaints, []);
  });

  it("is one click from a model, and the way back keeps what stood in the form", async () => {
    answerAsPrometheus(prometheus, {});
    await on.openForm("#/titanic-model");
    await on.field("Alone").uncheck();
    await on.page.getByRole("link", { name: "Status" }).click();
    await on.page.getByText("Nothing fires").waitFor();
    await on.page.getByRole("link", { name: "titanic-model" }).click();
    await on.field("Alone").waitFor();
    assert.match(on.page.url(), /#\/titanic-model\?.*alone=false/i);
  });

  it("says so where Prometheus does not answer, and still how each API is", async () => {
    await prometheus.close();
    await on.open("#environment", "The API of Prometheus cannot be reached");
    await on.page.getByRole("cell", { name: "Healthy" }).first().waitFor();
    assert.deepEqual((await on.page.evaluate<string[][]>(CELLS))[0]?.slice(0, 3), [
      "diabetes-model",
      "Healthy",
      "3",
    ]);
    await prometheus.listen();
  });

  it("says where rates and backups would come from, where nothing watches", async () => {
    await on.app.close();
    await on.serve([{ name: "diabetes-model", url: on.api.url }]);
    await on.open("#environment", "slipway:monitoring, kind bundled");
    assert.equal(await on.page.getByText("Nothing fires").count(), 0);
  });

  for (const [locale, colorScheme, width] of [
    ["en", "light", 360],
    ["fr", "dark", 800],
    ["es", "light", 1280],
  ] as const) {
    it(`is for everyone: ${locale}, ${colorScheme}, ${width} pixels`, async () => {
      known();
      const viewport = { width, height: 800 };
      await on.open("#environment", "Glucose no longer", { locale, colorScheme, viewport });
      assert.deepEqual(await accessibilityFaults(on.page), []);
      assert.equal(await on.page.evaluate("document.documentElement.scrollWidth"), width);
      const folder = process.env["SLIPWAY_SCREENSHOTS"];
      if (folder)
        await on.page.screenshot({ path: `${folder}/environment-${locale}.png`, fullPage: true });
    });
  }
});
