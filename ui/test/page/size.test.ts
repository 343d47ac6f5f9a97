import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { describePage } from "../support/page-fixture.ts";
import { diabetes, feature, titanic } from "../support/packages.ts";

const PHONE = { viewport: { width: 360, height: 740 } };
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const LONG = "patient_identification_number_of_hospital_".repeat(3);

describePage("the page with much in it", (on) => {
  const clipped = (selector: string) =>
    on.page.evaluate(`[...document.querySelectorAll("${selector}")].some(
      ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)`);
  const width = () => on.page.evaluate("document.documentElement.scrollWidth");

  async function serveMany(count: number, name: string) {
    await on.app.close();
    const models = Array.from({ length: count }, (_, index) => ({
      name: `${name}${index}`,
      url: on.api.url,
    }));
    await on.serve(models);
  }

  for (const options of [PHONE, DESKTOP]) {
    it(`holds long names and labels in ${options.viewport.width} pixels`, async () => {
      const [first, ...rest] = diabetes.features;
      assert.ok(first);
      const features = [{ ...first, title: LONG, unit: LONG, required: false }, ...rest];
      const classes = [0, 1].map((value) => ({ value, label: `${LONG}${value}` }));
      const name = `${LONG.slice(0, 50)}0`;
      const pack = { ...diabetes, name, title: LONG, description: LONG, features, classes };
      on.api.replies["/model"] = { body: pack };
      await serveMany(3, pack.name.slice(0, -1));
      await on.openForm("", options);
      await on.predict(LONG);
      assert.equal(await width(), options.viewport.width);
      assert.equal(await clipped(".card"), false);
    });
  }

  it("shows a long number whole", async () => {
    on.api.replies["/model"] = {
      body: { ...diabetes, example: { ...diabetes.example, BMI: 1004810.125 } },
    };
    await on.openForm("", PHONE);
    const bmi = on.field("Body mass index kg/m²");
    assert.equal(await bmi.inputValue(), "1004810.125");
    assert.equal(await clipped("input[type=text]"), false);
  });

  it("reaches each of 30 models by a menu that can be typed into", async () => {
    await serveMany(30, "model-");
    await on.openForm("", PHONE);
    const menu = on.page.getByLabel("Model", { exact: true });
    assert.equal(await menu.locator("option").count(), 30);
    await menu.selectOption("model-29");
    await on.page.waitForURL(/#\/model-29$/);
    await on.button("Predict").waitFor();
    assert.equal(await menu.inputValue(), "model-29");
  });

  for (const options of [PHONE, DESKTOP]) {
    it(`keeps Predict and the answer in sight of 40 features at ${options.viewport.width}`, async () => {
      const features = Array.from({ length: 40 }, (_, index) => feature(`Reading ${index}`));
      const example = Object.fromEntries(features.map(({ name }) => [name, 1]));
      on.api.replies["/model"] = { body: { ...diabetes, features, example } };
      await on.openForm("", options);
      assert.ok(await inSight(".primary"));
      await on.predict("Élevé");
      await on.until(() => inSight(".outcome > strong"));
      await on.field("Reading 20").focus();
      assert.ok(await inSight(".primary"));
      await on.until(() => inSight("#field-20"));
      await on.until(() => inSight(options === PHONE ? ".brief" : ".outcome > strong"));
    });
  }

  async function inSight(selector: string): Promise<boolean> {
    const script = `{
      const element = document.querySelector("${selector}");
      const { x, y, width, height } = element.getBoundingClientRect();
      element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    }`;
    return on.page.evaluate<boolean>(script);
  }

  it("searches 60 categories by typing, and refuses what is none of them", async () => {
    const categories = Array.from({ length: 60 }, (_, index) => `Town ${index}`);
    const town = feature("Town", { type: "category", observed: null, categories });
    const example = { Town: "Town 7" };
    on.other.replies["/model"] = { body: { ...titanic, features: [town], example } };
    await on.openForm("#/titanic-model");
    await on.field("Town").focus();
    await on.page.keyboard.type("Town");
    await on.predict("One field needs another value");
    assert.match(await on.describedBy("Town"), /must be one of the 60 in the list/);
    await on.field("Town").fill("Town 42");
    await on.predict("lower");
    assert.match(on.other.seen.at(-1)?.body ?? "", /"Town":"Town 42"/);
  });

  it("finds one of 40 inputs, keeps what stands in the others, and never hides one to be mended", async () => {
    const features = Array.from({ length: 40 }, (_, index) =>
      feature(`Sensor ${index}`, { observed: null }),
    );
    const example = Object.fromEntries(features.map(({ name }, index) => [name, index]));
    on.api.replies["/model"] = { body: { ...diabetes, features, example } };
    await on.openForm();
    const search = on.page.getByLabel("Find an input");
    await on.field("Sensor 3").fill("nonsense");
    await search.fill("sensor 39");
    await on.page.getByText("1 of 40 shown").waitFor();
    assert.equal(await on.field("Sensor 39").inputValue(), "39");
    assert.equal(await on.field("Sensor 3").count(), 0);
    await search.press("Enter");
    await on.predict("One field needs");
    await on.page.getByText("2 of 40 shown").waitFor();
    await on.field("Sensor 3").fill("7");
    await on.predict("Élevé");
    const sent = JSON.parse(on.api.seen.at(-1)?.body ?? "") as Record<string, number>;
    assert.equal(Object.keys(sent).length, 40);
    assert.deepEqual([sent["Sensor 3"], sent["Sensor 39"]], [7, 39]);
  });

  it("shows the likeliest of 30 classes, and the others on demand", async () => {
    const model = { name: "titanic-model", version: "1" };
    const probabilities = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`class ${index}`, index / 435]),
    );
    on.other.replies["/predict"] = {
      body: { deck: "class 29", probability: 0.067, probabilities, model },
    };
    await on.openForm("#/titanic-model");
    await on.predict("class 29");
    assert.equal(await on.answer().locator("dt:visible").count(), 5);
    await on.answer().getByText("25 less likely classes").click();
    assert.equal(await on.answer().locator("dt:visible").count(), 30);
  });

  it("is sent compressed, in less than 60 KiB together", async () => {
    await on.openForm();
    const folder = new URL("../../dist/page/", import.meta.url);
    const names = (await readdir(folder)).filter((name) => name.endsWith(".br"));
    assert.deepEqual(names, ["icon.svg.br", "index.html.br", "main.js.br", "style.css.br"]);
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(new URL(name, folder))).size),
    );
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 60 * 1024);
    const script = await on.page.request.get(new URL("main.js", on.page.url()).href);
    assert.equal(script.headers()["content-encoding"], "br");
  });
});
