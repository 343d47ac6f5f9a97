import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { buildApp } from "../src/app.ts";
import { healthy, StandInApi } from "./api.ts";
import { chromiumPath, launchChromium } from "./browser.ts";
import { diabetes, titanic } from "./packages.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PAGE = fileURLToPath(new URL("../dist/page/", import.meta.url));

const title = "the page in a browser";
const reason = "no Chromium found; install it, or set CHROMIUM to its path";
describe(chromiumPath === undefined ? `${title} (skipped: ${reason})` : title, () => {
  let browser: Browser | undefined;
  let app: FastifyInstance;
  let api: StandInApi;
  let other: StandInApi;
  let url: string;
  let page: Page;
  let complaints: string[];

  before(async function () {
    if (chromiumPath === undefined) return this.skip();
    await import("../build.ts");
    browser = await launchChromium(chromiumPath);
  });

  after(() => browser?.close());

  beforeEach(async () => {
    const answer = { has_diabetes: true, probability: 0.813, risk_level: "Élevé" };
    api = new StandInApi(healthy(diabetes, answer));
    const probabilities = { upper: 0.1, middle: 0.29, lower: 0.61 };
    other = new StandInApi(healthy(titanic, { deck: "lower", probability: 0.61, probabilities }));
    const models = [
      { name: "diabetes-model", url: await api.listen() },
      { name: "titanic-model", url: await other.listen() },
    ];
    const settings = { port: 0, host: "127.0.0.1", logLevel: "silent", timeout: 2000, models };
    app = await buildApp(settings, PAGE);
    url = await app.listen({ host: "127.0.0.1", port: 0 });
    complaints = [];
  });

  afterEach(async () => {
    await page.context().close();
    await app.close();
    await api.close();
    await other.close();
  });

  /** Opens the page and waits for what it comes to. */
  async function open(path: string, ready: string, options: BrowserContextOptions = {}) {
    assert.ok(browser);
    const context = await browser.newContext(options);
    page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      // The browser reports each 4xx and 5xx by itself.
      if (!message.text().startsWith("Failed to load")) complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) complaints.push(`request to ${request.url()}`);
    });
    await page.goto(`${url}/${path}`);
    await page.getByText(ready).first().waitFor();
  }

  const button = (name: string) => page.getByRole("button", { name });
  const field = (name: string) => page.getByLabel(name, { exact: true });
  const answer = () => page.getByRole("region", { name: "Answer" });

  async function predict(expected: string) {
    await button("Predict").click();
    await answer().getByText(expected).first().waitFor();
  }

  it("opens with the model's example in the form and asks for nothing from elsewhere", async () => {
    await open("", "Reset to the example");
    assert.equal(await field("Glucose mg/dL").inputValue(), "148");
    assert.equal(await field("Body mass index kg/m²").inputValue(), "33.6");
    assert.equal(await field("Pedigree").inputValue(), "0.627");
    assert.equal(await field("Pedigree, slider").count(), 0);
    assert.deepEqual(complaints, []);
  });

  it("answers with output, probability, risk level, and the version that answered", async () => {
    await open("", "Predict");
    await predict("Élevé");
    const text = await answer().innerText();
    assert.match(text, /has diabetes\s+yes\s+Élevé/);
    assert.match(text, /81\.3%/);
    assert.match(text, /diabetes-model version 3, answered in \d+ ms/);
    assert.deepEqual(JSON.parse(api.seen.at(-1)?.body ?? ""), diabetes.example);
    assert.deepEqual(complaints, []);
  });

  it("says that an answer is old once a value has changed", async () => {
    await open("", "Predict");
    await predict("Élevé");
    await field("Glucose mg/dL").fill("90");
    await page.getByText("Values have changed since this answer.").waitFor();
  });

  it("keeps slider and number together", async () => {
    await open("", "Predict");
    await field("Glucose, slider").fill("201");
    assert.equal(await field("Glucose mg/dL").inputValue(), "201");
    await field("Glucose mg/dL").fill("77");
    assert.equal(await field("Glucose, slider").inputValue(), "77");
  });

  it("can be used with the keyboard alone", async () => {
    await open("", "Predict");
    await field("Pregnancies, slider").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Tab");
    assert.equal(await field("Pregnancies").inputValue(), "7");
    await page.keyboard.press("Enter");
    await answer().getByText("Élevé").first().waitFor();
    assert.match(api.seen.at(-1)?.body ?? "", /"Pregnancies":7/);
  });

  it("shows what was wrong at each field, and puts the cursor into the first one", async () => {
    await open("", "Predict");
    const errors = [
      { path: "/Glucose", detail: "must be at most 300" },
      { path: "/Pedigree", detail: "is required" },
    ];
    const type = "application/problem+json";
    api.replies["/predict"] = { status: 422, type, body: { detail: "2 values", errors } };
    await field("Glucose mg/dL").fill("400");
    await field("Pedigree").fill("");
    await predict("2 fields need another value");
    assert.equal(await field("Glucose mg/dL").getAttribute("aria-invalid"), "true");
    assert.match(await describedBy("Glucose mg/dL"), /must be at most 300/);
    assert.match(await describedBy("Pedigree"), /is required/);
    assert.equal(await page.locator(":focus").inputValue(), "400");
    await field("Glucose mg/dL").fill("300");
    assert.doesNotMatch(await describedBy("Glucose mg/dL"), /must be/);
  });

  async function describedBy(name: string): Promise<string> {
    const ids = (await field(name).getAttribute("aria-describedby"))?.split(" ") ?? [];
    return (await Promise.all(ids.map((id) => page.locator(`#${id}`).innerText()))).join(" ");
  }

  it("leaves out a value marked as missing, and restores it when unmarked", async () => {
    await open("#/titanic-model", "Predict");
    await field("Age is missing").check();
    assert.ok(await field("Age years").isDisabled());
    await predict("lower");
    assert.deepEqual(JSON.parse(other.seen.at(-1)?.body ?? ""), { Sex: "male", Alone: true });
    await field("Age is missing").uncheck();
    assert.equal(await field("Age years").inputValue(), "22");
  });

  it("offers categories as a list, open ones as text with suggestions, booleans as a tick", async () => {
    await open("#/titanic-model", "Predict");
    await field("Sex").selectOption("female");
    await field("Alone").uncheck();
    await field("Port is missing").uncheck();
    await field("Port").fill("Somewhere else");
    await predict("lower");
    const row = { Sex: "female", Age: 22, Alone: false, Port: "Somewhere else" };
    assert.deepEqual(JSON.parse(other.seen.at(-1)?.body ?? ""), row);
  });

  it("shows the probability of every class, likeliest first", async () => {
    await open("#/titanic-model", "Predict");
    await predict("61.0%");
    assert.deepEqual(await answer().locator("dt").allInnerTexts(), ["lower", "middle", "upper"]);
  });

  it("goes to the first model, to the one in the address, and back", async () => {
    await open("", "Diabetes");
    await page.getByRole("link", { name: "titanic-model" }).click();
    await page.getByRole("heading", { name: "Titanic", exact: true }).waitFor();
    assert.match(page.url(), /#\/titanic-model$/);
    await page.goBack();
    await page.getByRole("heading", { name: "Diabetes", exact: true }).waitFor();
  });

  it("says so when the address names a model that is not here", async () => {
    await open("#/%3Cb%3Eother", "There is no model called “<b>other” here.");
  });

  it("makes the form by itself when an API comes up later", async () => {
    const { port } = new URL(api.url);
    await api.close();
    await open("", "The form is made from the model, which is not there yet.");
    await page.getByText("Unreachable", { exact: true }).waitFor();
    await api.listen(Number(port));
    await button("Predict").waitFor({ timeout: 10_000 });
  });

  it("says in plain words when the API goes away, and keeps the form", async () => {
    await open("", "Predict");
    await field("Glucose mg/dL").fill("99");
    await api.close();
    await predict("The API of diabetes-model cannot be reached");
    assert.equal(await field("Glucose mg/dL").inputValue(), "99");
    await page.getByText("Unreachable", { exact: true }).waitFor({ timeout: 10_000 });
  });

  it("says in plain words when its own server goes away", async () => {
    await open("", "Predict");
    await app.close();
    await predict("The page's server does not answer.");
    await page.getByRole("alert").waitFor({ timeout: 10_000 });
  });

  it("follows the API to another version without losing what was typed", async () => {
    await open("", "Predict");
    await field("Glucose mg/dL").fill("99");
    const swapped = healthy({ ...diabetes, version: "4", title: "Diabetes II" }, {});
    Object.assign(api.replies, swapped);
    await page.getByText("Diabetes II").waitFor({ timeout: 10_000 });
    await page.getByText("version 4").waitFor();
    assert.equal(await field("Glucose mg/dL").inputValue(), "99");
  });

  it("shows markup in a package as the text that it is", async () => {
    api.replies["/model"] = { body: { ...diabetes, title: "<img src=x onerror=alert(1)>" } };
    await open("", "<img src=x onerror=alert(1)>");
    assert.deepEqual(complaints, []);
  });

  for (const path of ["#/diabetes-model", "#/titanic-model"]) {
    it(`fits a narrow phone without scrolling sideways at ${path}`, async () => {
      await open(path, "Predict", { viewport: { width: 360, height: 740 } });
      await button("Predict").click();
      await answer().getByText("The same with curl").click();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has no accessibility fault that axe finds, in ${colorScheme} colours`, async () => {
      await open("", "Predict", { colorScheme });
      await page.evaluate(await readFile(AXE, "utf8"));
      assert.deepEqual(await accessibilityFaults(), []);
      await predict("Élevé");
      await answer().getByText("The same with curl").click();
      assert.deepEqual(await accessibilityFaults(), []);
      const errors = [{ path: "/Glucose", detail: "must be a number" }];
      api.replies["/predict"] = { status: 422, body: { errors } };
      await predict("One field needs");
      assert.deepEqual(await accessibilityFaults(), []);
      await page.getByRole("link", { name: "titanic-model" }).click();
      await page.getByText("Alone").waitFor();
      assert.deepEqual(await accessibilityFaults(), []);
    });
  }

  async function accessibilityFaults(): Promise<string[]> {
    const run = `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => id + ": " + html)))`;
    return page.evaluate<string[]>(run);
  }
});
