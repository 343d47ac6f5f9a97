import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { ENGLISH, type Texts } from "../../page/texts/english.ts";
import { FRENCH } from "../../page/texts/french.ts";
import { SPANISH } from "../../page/texts/spanish.ts";
import { buildApp } from "../../src/app.ts";
import type { Settings } from "../../src/settings.ts";
import { healthy, FakeApi } from "./fake-api.ts";
import { chromiumPath, launchChromium } from "./browser.ts";
import { diabetes, titanic } from "./packages.ts";

const PAGE = fileURLToPath(new URL("../../dist/page/", import.meta.url));
const SKIPPED = "(skipped: no Chromium found; install it, or set CHROMIUM to its path)";

/** A suite in a real browser; where there is none its tests count as pending and its title says why. */
export function describePage(title: string, tests: (fixture: PageFixture) => void): void {
  describe(chromiumPath === undefined ? `${title} ${SKIPPED}` : title, () => {
    const fixture = new PageFixture();
    let browser: Browser | undefined;

    before(async function () {
      if (chromiumPath === undefined) return this.skip();
      await import("../../build.ts");
      browser = await launchChromium(chromiumPath);
    });
    after(() => browser?.close());
    beforeEach(() => fixture.start(browser));
    afterEach(() => fixture.stop());
    tests(fixture);
  });
}

/** The page, its server, and a fake API for a binary model and for one with several classes. */
export class PageFixture {
  app!: FastifyInstance;
  api!: FakeApi;
  other!: FakeApi;
  page!: Page;
  /** What the browser complained of, and requests to other places than the page's server. */
  complaints: string[] = [];
  /** What the page says, in the language that it was opened in. */
  texts: Texts = ENGLISH;
  #browser: Browser | undefined;
  #url = "";

  async start(browser: Browser | undefined): Promise<void> {
    this.#browser = browser;
    this.complaints = [];
    const answer = { has_diabetes: true, probability: 0.813, risk_level: "Élevé" };
    this.api = new FakeApi(healthy(diabetes, answer));
    const probabilities = { upper: 0.1, middle: 0.29, lower: 0.61 };
    const classes = { deck: "lower", probability: 0.61, probabilities };
    this.other = new FakeApi(healthy(titanic, classes));
    await this.serve([
      { name: "diabetes-model", url: await this.api.listen() },
      { name: "titanic-model", url: await this.other.listen() },
    ]);
  }

  /** Starts the page's server, for these models alone. */
  async serve(
    models: Settings["models"],
    prometheus?: string,
    mlflow?: Settings["mlflow"],
  ): Promise<void> {
    const at = { port: 0, host: "127.0.0.1" };
    const settings = { ...at, logLevel: "silent", timeout: 2000, models, prometheus, mlflow };
    this.app = await buildApp(settings, PAGE);
    this.#url = await this.app.listen({ host: "127.0.0.1", port: 0 });
  }

  async stop(): Promise<void> {
    await this.page.context().close();
    await this.app.close();
    await this.api.close();
    await this.other.close();
  }

  /** Opens the page and waits for what it comes to. */
  async open(path: string, ready: string, options: BrowserContextOptions = {}): Promise<void> {
    assert.ok(this.#browser);
    this.texts = textsOf(options);
    const context = await this.#browser.newContext(options);
    const page = (this.page = await context.newPage());
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      // The browser reports each 4xx and 5xx by itself.
      if (!message.text().startsWith("Failed to load")) this.complaints.push(message.text());
    });
    page.on("request", (request) => {
      const elsewhere = !request.url().startsWith(this.#url);
      if (elsewhere) this.complaints.push(`request to ${request.url()}`);
    });
    await page.goto(`${this.#url}/${path}`);
    await page.getByText(ready).first().waitFor();
  }

  /** The same until the form is there: the status beside it comes earlier. */
  async openForm(path = "", options: BrowserContextOptions = {}): Promise<void> {
    await this.open(path, textsOf(options).api, options);
    await this.button(this.texts.predict).waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name });
  }

  field(name: string): Locator {
    return this.page.getByLabel(name, { exact: true });
  }

  answer(): Locator {
    return this.page.getByRole("region", { name: this.texts.answer, exact: true });
  }

  /** Presses Predict and waits for a text in the answer. */
  async predict(expected: string): Promise<void> {
    await this.button(this.texts.predict).click();
    await this.answer().getByText(expected).first().waitFor();
  }

  /** Waits for what no locator can; the page's policy forbids the browser's own `waitForFunction`. */
  async until(check: () => Promise<boolean>): Promise<void> {
    while (!(await check())) await this.page.waitForTimeout(50);
  }

  /** What a screen reader says beside a field's label. */
  async describedBy(name: string): Promise<string> {
    const ids = (await this.field(name).getAttribute("aria-describedby"))?.split(" ") ?? [];
    const texts = ids.map((id) => this.page.locator(`#${id}`).innerText());
    return (await Promise.all(texts)).join(" ");
  }
}

function textsOf({ locale = "en" }: BrowserContextOptions): Texts {
  return { fr: FRENCH, es: SPANISH }[locale.slice(0, 2)] ?? ENGLISH;
}
