import assert from "node:assert/strict";
import { ENGLISH, type Texts } from "../../page/texts/english.ts";
import { FRENCH } from "../../page/texts/french.ts";
import { SPANISH } from "../../page/texts/spanish.ts";
import { describePage } from "../support/page-fixture.ts";

/** Words that are the same in both languages. */
const ALIKE = {
  French: ["version", "commit", "type", "versions", "oneVersion"],
  Spanish: ["commit"],
};

/** What a text says, with its own arguments in it where it has some. */
function said(text: unknown): string {
  if (typeof text === "function") {
    const say = text as (...words: string[]) => string;
    return say(...Array.from({ length: say.length }, (_, at) => `<${at}>`));
  }
  return typeof text === "string"
    ? text
    : Object.values(text as object)
        .map(said)
        .join("|");
}

describe("what the page says", () => {
  for (const [language, texts] of Object.entries({ French: FRENCH, Spanish: SPANISH })) {
    const keys = Object.keys(ENGLISH) as (keyof Texts)[];

    it(`is said in ${language}, and nothing in English by mistake`, () => {
      const alike = keys.filter((key) => said(texts[key]) === said(ENGLISH[key]));
      assert.deepEqual(alike, ALIKE[language as keyof typeof ALIKE]);
    });

    it(`has every figure and name in ${language} that it has in English`, () => {
      const figures = (text: string) => [...text.matchAll(/<\d>/g)].map(String).sort();
      for (const key of keys) {
        const [own, english] = [said(texts[key]), said(ENGLISH[key])];
        assert.deepEqual(figures(own), figures(english), `${key}: ${own}`);
      }
    });
  }
});

describePage("the language of the page", (on) => {
  const headings = () => on.page.getByRole("heading", { level: 2 }).allInnerTexts();
  const choose = (label: string, option: string) =>
    on.page.getByLabel(label, { exact: true }).selectOption({ label: option });

  for (const [locale, answer, share] of [
    ["fr-FR", "Réponse", "81,3%"],
    ["es-ES", "Respuesta", "81,3%"],
    ["en-GB", "Answer", "81.3%"],
    ["pt-BR", "Answer", "81,3%"],
  ] as const) {
    it(`is that of a browser in ${locale}, and so are its numbers`, async () => {
      await on.openForm("", { locale });
      await on.predict(share);
      assert.equal((await headings())[0], answer);
      const lang = await on.page.evaluate("document.documentElement.lang");
      assert.equal(lang, answer === "Answer" ? "en" : locale.slice(0, 2));
      assert.deepEqual(on.complaints, []);
    });
  }

  it("can be changed, with the answer left as it is and the numbers written anew", async () => {
    await on.openForm("", { locale: "en-US" });
    await on.field("Pedigree").fill("1.234");
    await on.predict("81.3%");
    await choose("Language", "Français");
    await on.page.getByRole("button", { name: "Prédire" }).waitFor();
    assert.equal(await on.field("Pedigree").inputValue(), "1,234");
    await on.page.getByRole("region", { name: "Réponse" }).getByText("81,3%").first().waitFor();
    assert.equal(await on.page.getByText("Des valeurs ont changé").count(), 0);
    assert.equal(on.api.seen.filter(({ url }) => url === "/predict").length, 1);
    await choose("Langue", "Español");
    await on.page.getByRole("button", { name: "Predecir" }).waitFor();
    assert.deepEqual(on.complaints, []);
  });

  it("is remembered on the next visit", async () => {
    await on.openForm("", { locale: "en-US" });
    await choose("Language", "Español");
    await on.page.getByRole("button", { name: "Predecir" }).waitFor();
    await on.page.reload();
    await on.page.getByRole("button", { name: "Predecir" }).waitFor();
    assert.equal(await on.field("Body mass index kg/m²").inputValue(), "33,6");
  });

  it("leaves the colours to the system until others are chosen, and remembers those", async () => {
    const background = () => on.page.evaluate("getComputedStyle(document.body).backgroundColor");
    await on.openForm("", { colorScheme: "dark" });
    const dark = await background();
    await choose("Theme", "Light");
    assert.notEqual(await background(), dark);
    await on.page.reload();
    await on.button("Predict").waitFor();
    assert.notEqual(await background(), dark);
    await choose("Theme", "As the system");
    assert.equal(await background(), dark);
  });
});
