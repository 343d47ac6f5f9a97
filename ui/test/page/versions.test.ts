import assert from "node:assert/strict";
import { PAGE } from "../../src/version-reader.ts";
import { accessibilityFaults } from "../support/accessibility.ts";
import { DIABETES_VERSIONS } from "../support/diabetes-versions.ts";
import { FakeApi } from "../support/fake-api.ts";
import { answerAsMlflow } from "../support/fake-mlflow.ts";
import { answerAsPrometheus } from "../support/fake-prometheus.ts";
import { describePage } from "../support/page-fixture.ts";

const HASH = "#models/diabetes-model";

describePage("the versions of a model on the page", (on) => {
  let mlflow: FakeApi;
  let prometheus: FakeApi;
  const serve = () =>
    on.serve(
      [
        { name: "diabetes-model", url: on.api.url, docs: "https://api.example.com/docs" },
        { name: "titanic-model", url: on.other.url },
      ],
      prometheus.url,
      { url: mlflow.url, people: "https://mlflow.example.com" },
    );
  beforeEach(async () => {
    [mlflow, prometheus] = [new FakeApi({}), new FakeApi({})];
    await Promise.all([mlflow.listen(), prometheus.listen()]);
    answerAsMlflow(mlflow, "diabetes-model", DIABETES_VERSIONS);
    answerAsPrometheus(prometheus, {
      rate: [[{ job: "127" }, "0.5"]],
      drift: [[{ job: "127", feature: "Glucose" }, "0.34"]],
    });
    await on.app.close();
    await serve();
  });
  afterEach(() => Promise.all([mlflow.close(), prometheus.close()]));

  const region = (name: string) => on.page.getByRole("region", { name, exact: true });
  const rows = (name: string) =>
    region(name).locator("table").first().locator("tbody tr").allInnerTexts();
  const flat = (text: string | undefined) => text?.replace(/\s+/g, " ").trim();

  it("stand in a table, newest first, each with its names, reason, verdict and metrics", async () => {
    await on.open(HASH, "Glucose drifted");
    const [newest, champion, first] = (await rows("Version")).map(flat);
    assert.match(
      newest ?? "",
      /^3 rejected Nov 20, 2026, .* commit 0123456 Glucose drifted: PSI 0\.34 above 0\.2 rejected 0\.7532 0\.693 to 0\.813 0\.51 0\.62$/,
    );
    assert.match(champion ?? "", /^2 champion .* passed 0\.7792 0\.719 to 0\.839 0\.48 0\.6111$/);
    assert.match(first ?? "", /^1 previous .* not judged yet – – –$/);
    assert.equal(await on.page.title(), "Versions of diabetes-model · Slipway");
    assert.deepEqual(on.complaints, []);
  });

  it("say what the gate compared: candidate, champion and what was allowed, in words", async () => {
    await on.open(HASH, "The gate rejected it: 2 of 3 comparisons do not hold.");
    assert.deepEqual((await rows("Version 3")).map(flat), [
      "accuracy 0.7532 champion, version 2: 0.7792 at least 0.7692 does not hold",
      "log loss 0.51 champion, version 2: 0.48 at most 0.4848 does not hold",
      "recall 0.62 champion, version 2: 0.6111 at least 0.6011 holds",
    ]);
    await on.button("Show version 2").focus();
    await on.page.keyboard.press("Enter");
    await on.page.getByText("The gate let it pass: all 2 comparisons hold.").waitFor();
    assert.match(await region("Version 2").innerText(), /Became champion on .*, by training/);
    assert.equal(await on.page.locator(":focus").getAttribute("aria-pressed"), "true");
    await on.button("Show version 1").click();
    await on.page.getByText("Nothing is known of a gate’s verdict.").waitFor();
  });

  it("show their plots, and lead to the run, the form and the API's description", async () => {
    await on.open(HASH, "Confusion matrix");
    await on.page.getByRole("img", { name: "ROC curve, version 3" }).scrollIntoViewIfNeeded();
    const width = () => on.page.evaluate(`document.querySelector(".gallery img").naturalWidth`);
    await on.until(async () => (await width()) === 1);
    assert.equal(await on.page.locator(".gallery img").count(), 2);
    const way = (name: string) => on.page.getByRole("link", { name }).getAttribute("href");
    assert.equal(
      await way("Run in MLflow"),
      "https://mlflow.example.com/#/experiments/1/runs/run_3",
    );
    assert.equal(await way("How programs ask it"), "https://api.example.com/docs");
    await on.button("Show version 1").click();
    await on.page.getByText("Its run has no plots.").waitFor();
    await on.page.getByRole("link", { name: "To the form", exact: true }).click();
    await on.button("Predict").waitFor();
    assert.deepEqual(on.complaints, []);
  });

  it("stand side by side by choice, with what differs", async () => {
    await on.open(HASH, "One parameter that differs");
    assert.deepEqual((await rows("Side by side")).map(flat), [
      "accuracy 0.7532 0.693 to 0.813 0.7792 0.719 to 0.839 -0.026",
      "log loss 0.51 0.48 +0.03",
      "recall 0.62 0.6111 +0.0089",
    ]);
    const differing = region("Side by side").locator("table").nth(1).locator("tbody tr");
    assert.deepEqual((await differing.allInnerTexts()).map(flat), ["n_estimators 25 100"]);
    await on.page.getByText("One parameter is the same").click();
    await on.page.getByLabel("Version on the right").selectOption("1");
    await on.page.getByText("2 parameters that differ").waitFor();
    assert.match(flat((await rows("Side by side"))[0]) ?? "", /^accuracy .* – –$/);
  });

  it("are of the model that is chosen, whose drift stands below", async () => {
    await on.open(HASH, "Glucose drifted");
    // Behind its Service each API has a name; these are two ports of one host, of which the last counts.
    answerAsMlflow(mlflow, "titanic-model", []);
    await on.page.getByRole("link", { name: "titanic-model" }).click();
    await on.page.getByText("No version is registered yet").waitFor();
    await on.page.getByText("above 0.2 the alert FeatureDrift fires").waitFor();
    assert.match(await region("Drift from training").innerText(), /Glucose\s+0\.34/);
    await on.page.goto("about:blank");
    await on.page.context().close();
    await on.openForm("#/titanic-model");
    await on.page.getByRole("link", { name: "Models" }).click();
    await on.page.getByText("No version is registered yet").waitFor();
    assert.equal(new URL(on.page.url()).hash, "#models/titanic-model");
  });

  it("are twenty, and more by a press of a button", async () => {
    const all = Array.from({ length: PAGE + 1 }, (_, at) => ({ version: PAGE + 1 - at }));
    answerAsMlflow(mlflow, "diabetes-model", all);
    answerAsMlflow(mlflow, "diabetes-model", all.slice(PAGE), 2);
    await on.open(HASH, "Show older versions");
    assert.equal((await rows("Version")).length, PAGE);
    await on.button("Show older versions").click();
    await on.button("Show version 1").last().waitFor();
    await on.until(async () => (await rows("Version")).length === PAGE + 1);
    assert.equal(await on.button("Show older versions").count(), 0);
  });

  it("are away in words where MLflow is, and the rest of the page works", async () => {
    await mlflow.close();
    await on.open(HASH, "MLflow cannot be reached (ECONNREFUSED). Trying again");
    await on.page.getByText("Nothing is known of its drift").waitFor();
    await on.page.getByRole("link", { name: "To the form", exact: true }).click();
    await on.predict("Élevé");
    await mlflow.listen();
  });

  it("say where they would come from, where the page's server knows no MLflow", async () => {
    await on.app.close();
    await on.serve([{ name: "diabetes-model", url: on.api.url }]);
    await on.open(HASH, "MLFLOW_TRACKING_URI");
    await on.page.getByText("Nothing is known of its drift").waitFor();
  });

  for (const [locale, colorScheme, width] of [
    ["en", "light", 1280],
    ["fr", "dark", 800],
    ["es", "light", 360],
    ["en", "dark", 360],
  ] as const) {
    it(`are for everyone: ${locale}, ${colorScheme}, ${width} pixels`, async () => {
      const viewport = { width, height: 800 };
      await on.open(HASH, "Glucose drifted", { locale, colorScheme, viewport });
      await on.page.locator(".gallery img").first().waitFor();
      await on.page.locator("details summary").click();
      assert.deepEqual(await accessibilityFaults(on.page), []);
      assert.equal(await on.page.evaluate("document.documentElement.scrollWidth"), width);
      const small = `[...document.querySelectorAll("main :is(button, select, summary)")]
        .filter((target) => Math.min(target.offsetWidth, target.offsetHeight) < 24)
        .map((target) => target.outerHTML)`;
      assert.deepEqual(await on.page.evaluate(small), []);
      const folder = process.env["SLIPWAY_SCREENSHOTS"];
      const path = `${folder}/models-${locale}-${width}.png`;
      if (folder) await on.page.screenshot({ path, fullPage: true });
    });
  }
});
