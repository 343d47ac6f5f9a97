import assert from "node:assert/strict";
import { isPlain, notationOf, readNumber, written } from "../../page/number.ts";
import { describePage } from "../support/page-fixture.ts";

const ENGLISH = notationOf("en-US");
const GERMAN = notationOf("de-DE");

describe("a number that is typed", () => {
  it("has the decimal separator of the language", () => {
    assert.deepEqual(
      ["en-GB", "de-CH", "fr-FR", "es-ES", "hi-IN"].map((language) => notationOf(language).decimal),
      [".", ".", ",", ",", "."],
    );
  });

  const meant: [string, number][] = [
    ["5.9", 5.9],
    ["5,9", 5.9],
    [" 42 ", 42],
    ["-0,627", -0.627],
    ["0.627", 0.627],
    ["−3", -3],
    [".5", 0.5],
    ["1e-3", 0.001],
    ["1.234,5", 1234.5],
    ["1,234.5", 1234.5],
    ["1.234.567", 1_234_567],
    ["1,234,567.25", 1_234_567.25],
    ["1 234,5", 1234.5],
    ["1\u202f234", 1234],
    ["1’234.5", 1234.5],
    ["1234,567", 1234.567],
    ["12.3456", 12.3456],
  ];
  for (const [text, value] of meant) {
    it(`is ${value} in every language as ${JSON.stringify(text)}`, () => {
      for (const notation of [ENGLISH, GERMAN])
        assert.deepEqual(readNumber(text, false, notation), { value });
    });
  }

  it("is refused where it means one number in this language and another elsewhere", () => {
    const problem = "either 1234 or 1,234; 1.234 can mean both";
    assert.deepEqual(readNumber("1.234", false, GERMAN), { problem });
    assert.deepEqual(readNumber("1,234", false, ENGLISH), {
      problem: "either 1234 or 1.234; 1,234 can mean both",
    });
    assert.ok("problem" in readNumber("1,234e2", false, ENGLISH));
    assert.deepEqual(readNumber("1.234", false, ENGLISH), { value: 1.234 });
    assert.deepEqual(readNumber("1,234", false, GERMAN), { value: 1.234 });
  });

  it("may have its thousands apart where there are no decimals", () => {
    assert.deepEqual(readNumber("1.234", true, GERMAN), { value: 1234 });
    assert.deepEqual(readNumber("1,234", true, ENGLISH), { value: 1234 });
  });

  for (const text of [
    "abc",
    "1,2,3",
    "1.2.3",
    "12 34",
    "1.234.5",
    "0.123.456",
    ".",
    "-",
    "1e",
    "0x10",
    "Infinity",
  ]) {
    it(`is none as ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readNumber(text, false, ENGLISH), { problem: "a number such as 12.5" });
    });
  }

  it("is refused beyond what a computer can hold", () => {
    assert.deepEqual(readNumber("1e999"), { problem: "a smaller number" });
  });

  it("is written so that it reads back as itself", () => {
    for (const notation of [ENGLISH, GERMAN]) {
      for (const value of [0, 1.234, -1234.5, 1234, 1e21, 1e-7]) {
        assert.deepEqual(readNumber(written(value, notation), false, notation), { value });
      }
    }
  });

  it("needs no telling how it was read where it is written as the page would", () => {
    assert.deepEqual(
      ["5,9", "12", "5.9", "1 234", "1e3"].map((text) => isPlain(text, GERMAN)),
      [true, true, false, false, false],
    );
  });
});

describePage("numbers in a browser", (on) => {
  for (const locale of ["en-US", "fr-FR", "de-DE"]) {
    it(`takes comma and point for decimals in ${locale}, and says how it read the other one`, async () => {
      await on.openForm("", { locale });
      const own = locale === "en-US" ? "5.9" : "5,9";
      for (const typed of ["5,9", "5.9"]) {
        await on.field("Pedigree").fill("");
        await on.field("Pedigree").pressSequentially(typed);
        assert.equal(await on.field("Pedigree").inputValue(), typed);
        const said = await on.describedBy("Pedigree");
        assert.equal(said.includes(on.texts.readAs(own)), typed !== own, said);
        await on.predict("Élevé");
        assert.match(on.api.seen.at(-1)?.body ?? "", /"Pedigree":5\.9}/);
      }
      assert.deepEqual(on.complaints, []);
    });
  }

  it("writes its own numbers as the reader does", async () => {
    await on.openForm("", { locale: "de-DE" });
    assert.equal(await on.field("Body mass index kg/m²").inputValue(), "33,6");
    await on.predict("81,3%");
  });

  it("asks instead of guessing what 1.234 is in German, and asks the model nothing", async () => {
    await on.openForm("", { locale: "de-DE" });
    await on.field("Pedigree").fill("1.234");
    await on.predict("One field needs another value");
    assert.match(
      await on.describedBy("Pedigree"),
      /must be either 1234 or 1,234; 1\.234 can mean both/,
    );
    assert.equal(await on.page.locator(":focus").inputValue(), "1.234");
    assert.ok(!on.api.seen.some(({ url }) => url === "/predict"));
  });

  it("warns beside a field of a value that training saw nothing like, and predicts", async () => {
    await on.openForm();
    await on.field("Glucose mg/dL").fill("290");
    assert.match(await on.describedBy("Glucose mg/dL"), /Training saw only 44 to 199/);
    await on.predict("Élevé");
    assert.match(on.api.seen.at(-1)?.body ?? "", /"Glucose":290/);
  });

  it("steps a number by arrow key as its slider does, and leaves the wheel to the page", async () => {
    await on.openForm("", { viewport: { width: 1000, height: 400 } });
    const bmi = on.field("Body mass index kg/m²");
    await bmi.focus();
    await on.page.keyboard.press("ArrowUp");
    assert.equal(await bmi.inputValue(), "34.1");
    await on.page.keyboard.press("ArrowDown");
    assert.equal(await bmi.inputValue(), "33.6");
    await bmi.hover();
    await on.page.mouse.wheel(0, 120);
    await on.until(
      async () => (await on.page.evaluate("document.documentElement.scrollTop")) !== 0,
    );
    assert.equal(await bmi.inputValue(), "33.6");
  });
});
