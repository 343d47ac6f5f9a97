import assert from "node:assert/strict";
import {
  entryOf,
  errorsByField,
  exampleEntries,
  hintOf,
  notesOf,
  scaleOf,
  stepped,
  toRow,
} from "../../page/form.ts";
import { spoken } from "../../page/moment.ts";
import type { Feature } from "../../page/package.ts";
import { diabetes, feature, titanic } from "../support/packages.ts";

describe("the form", () => {
  it("opens with the model's example and sends it back unchanged", () => {
    for (const { features, example } of [diabetes, titanic]) {
      const present = Object.fromEntries(Object.entries(example).filter(([, v]) => v !== null));
      const entries = exampleEntries({ ...diabetes, features, example });
      assert.deepEqual(toRow(features, entries), { row: present, problems: {} });
    }
  });

  it("opens an optional feature that the example lacks as missing", () => {
    assert.deepEqual(exampleEntries(titanic)["Port"], { value: "", missing: true });
  });

  it("leaves out what is missing or empty, so that the API says what it needs", () => {
    const entries = {
      ...exampleEntries(titanic),
      Age: { value: "22", missing: true },
      Sex: { value: "", missing: false },
    };
    assert.deepEqual(toRow(titanic.features, entries).row, { Alone: true });
  });

  it("sends categories as text even when they look like numbers", () => {
    const pclass = feature("Pclass", { type: "category", categories: ["1", "2"] });
    const entries = exampleEntries({ ...titanic, features: [pclass], example: { Pclass: 2 } });
    assert.deepEqual(toRow([pclass], entries).row, { Pclass: "2" });
  });

  it("says of what it cannot read where it is wrong, and sends none of it", () => {
    const entries = {
      ...exampleEntries(titanic),
      Age: { value: "twenty", missing: false },
      Sex: { value: "none", missing: false },
    };
    assert.deepEqual(toRow(titanic.features, entries), {
      row: { Alone: true },
      problems: {
        Sex: "must be one of the 2 in the list",
        Age: "must be a number such as 12.5",
      },
    });
  });
});

describe("a text", () => {
  const review = feature("Review", { type: "text", observed: null, max_length: 5 });

  it("may have so many characters, however many bytes they are", () => {
    assert.equal(hintOf(review), "text of up to 5 characters");
    const rowOf = (value: string) => toRow([review], { Review: { value, missing: false } });
    assert.deepEqual(rowOf("a\n😀 é"), { row: { Review: "a\n😀 é" }, problems: {} });
    const problems = { Review: "must have at most 5 characters" };
    assert.deepEqual(rowOf("123456"), { row: {}, problems });
  });
});

describe("a date", () => {
  const seen = { min: "2024-01-01", max: "2025-12-31", median: "2025-01-01" };
  const dated = (rest: { offset: boolean; time: boolean }) =>
    feature("Arrived", { type: "datetime", observed: null, datetime: { ...seen, ...rest } });

  for (const [what, arrived, value, control, sent] of [
    [
      "a day",
      dated({ offset: false, time: false }),
      "2024-02-29T00:00:00",
      "2024-02-29",
      "2024-02-29",
    ],
    [
      "a time",
      dated({ offset: false, time: true }),
      "2024-02-29",
      "2024-02-29T00:00",
      "2024-02-29T00:00",
    ],
    [
      ...["an instant", dated({ offset: true, time: true })],
      ...["2024-03-01T00:30:15+01:00", "2024-02-29T23:30:15", "2024-02-29T23:30:15Z"],
    ],
  ] as [string, Feature, string, string, string][]) {
    it(`stands in its control as the browser has it, and is sent as the API has it: ${what}`, () => {
      const entry = entryOf(arrived, value);
      assert.deepEqual(entry, { value: control, missing: false });
      assert.deepEqual(toRow([arrived], { Arrived: entry }).row, { Arrived: sent });
    });
  }

  it("says when training saw times in the reader's way, with a clock where there is one", () => {
    const [day, time] = [
      dated({ offset: false, time: false }),
      dated({ offset: true, time: true }),
    ];
    const say = ({ datetime }: Feature, text: string, language: string) =>
      spoken(datetime ?? assert.fail(), text, language);
    assert.equal(say(day, "2024-02-29", "en-GB"), "29 Feb 2024");
    assert.equal(say(day, "2024-02-29", "fr"), "29 févr. 2024");
    assert.equal(say(time, "2024-02-29T23:30:15Z", "en-GB"), "29 Feb 2024, 23:30");
    assert.equal(say(time, "2024-02-29T23:30:15Z", "de"), "29.02.2024, 23:30");
    assert.equal(say(day, "soon", "en"), "soon");
  });

  it("that no calendar has is refused, and one beyond the training's is told", () => {
    const arrived = dated({ offset: false, time: false });
    for (const value of ["2023-02-29", "0000-01-01", "10000-01-01", "soon"]) {
      const { problems } = toRow([arrived], { Arrived: { value, missing: false } });
      assert.deepEqual(problems, { Arrived: "must be a date such as 2026-11-27" });
    }
    assert.match(hintOf(arrived), /^in training .*2024.* to .*2025.*, median .*2025/);
    assert.equal(notesOf(arrived, { value: "2025-12-31", missing: false }).length, 0);
    assert.equal(notesOf(arrived, { value: "2026-01-01", missing: false }).length, 1);
  });
});

describe("a slider", () => {
  it("spans the enforced range, in about 200 round steps", () => {
    const range = { min: 0, max: 300 };
    assert.deepEqual(scaleOf(feature("x", { range })), { min: 0, max: 300, step: 1 });
  });

  it("spans what training saw where no range is enforced", () => {
    const observed = { min: 0.08, max: 2.42, median: 0.37 };
    assert.deepEqual(scaleOf(feature("x", { observed })), { min: 0.08, max: 2.42, step: 0.01 });
  });

  it("takes an open end of the range from what training saw", () => {
    const range = { min: -50, max: null };
    assert.deepEqual(scaleOf(feature("x", { range })), { min: -50, max: 100, step: 0.5 });
  });

  it("moves in whole steps for an integer", () => {
    const observed = { min: 0, max: 17, median: 3 };
    assert.equal(scaleOf(feature("x", { type: "integer", observed }))?.step, 1);
  });

  it("moves in steps that fit what training saw where the range is far wider", () => {
    const range = { min: 0, max: 1_000_000 };
    assert.equal(scaleOf(feature("x", { range }))?.step, 5);
  });

  it("is left out where an end is unknown or there is nothing between the ends", () => {
    assert.equal(scaleOf(feature("x", { observed: null })), null);
    assert.equal(scaleOf(feature("x", { observed: { min: 3, max: 3, median: 3 } })), null);
  });
});

describe("an arrow key", () => {
  const pedigree = feature("x", { range: { min: 0, max: 3 } });

  it("goes one step of the slider, without a float's noise", () => {
    assert.equal(stepped(pedigree, 0.627, 1), 0.637);
    assert.equal(stepped(pedigree, 0.3, -1), 0.29);
  });

  it("stops at an end of the enforced range", () => {
    assert.equal(stepped(pedigree, 2.996, 1), 3);
    assert.equal(stepped(pedigree, 0, -1), 0);
  });

  it("goes by one for an integer of unknown range, and nowhere for such a number", () => {
    assert.equal(stepped(feature("x", { type: "integer", observed: null }), 4, 1), 5);
    assert.equal(stepped(feature("x", { observed: null }), 4, 1), null);
  });
});

describe("a note", () => {
  const entry = (value: string) => ({ value, missing: false });

  it("warns of a number that training saw nothing like, and of no other", () => {
    assert.match(notesOf(feature("x"), entry("101"))[0] ?? "", /^Training saw only 0 to 100:/);
    assert.deepEqual(notesOf(feature("x"), entry("-0.5")).length, 1);
    for (const seen of ["0", "100", "50", ""])
      assert.deepEqual(notesOf(feature("x"), entry(seen)), []);
    assert.deepEqual(notesOf(feature("x", { observed: null }), entry("1e9")), [
      "Read as 1000000000.",
    ]);
  });

  it("takes no noise of float32 for a difference", () => {
    const observed = { min: 0.07800000160932541, max: 2.420000076293945, median: 0.37 };
    assert.deepEqual(notesOf(feature("x", { observed }), entry("0.078")), []);
  });

  it("warns of a category that counts as none of the known ones", () => {
    const port = titanic.features[3] ?? assert.fail();
    assert.match(notesOf(port, entry("X"))[0] ?? "", /counts as none of the known ones/);
    assert.deepEqual(notesOf(port, entry("C")), []);
    assert.deepEqual(notesOf(port, { value: "X", missing: true }), []);
  });
});

describe("a hint", () => {
  it("tells the enforced range and what training saw", () => {
    const range = { min: 0, max: 300 };
    assert.equal(hintOf(feature("x", { range })), "0 to 300; in training 0 to 100, median 50");
  });

  it("tells a range with one end", () => {
    const alone = (min: number | null, max: number | null) =>
      hintOf(feature("x", { range: { min, max }, observed: null }));
    assert.deepEqual(
      [alone(0, null), alone(null, 9), alone(null, null)],
      ["0 or more", "9 or less", ""],
    );
  });
});

describe("errors of a 422", () => {
  const features = [feature("BMI"), feature("a/b~c")];

  it("belong to the field that their pointer names, escapes undone", () => {
    const errors = [
      { path: "/BMI", detail: "must be a number" },
      { path: "/a~1b~0c", detail: "is required" },
    ];
    assert.deepEqual(errorsByField({ errors }, features), {
      fields: { BMI: "must be a number", "a/b~c": "is required" },
      rest: [],
    });
  });

  it("that name no field are kept apart", () => {
    const errors = [{ path: "/Other", detail: "is not a feature" }];
    const { fields, rest } = errorsByField({ errors }, features);
    assert.deepEqual([fields, rest], [{}, ["/Other is not a feature"]]);
  });

  it("may be absent", () => {
    assert.deepEqual(errorsByField({}, features), { fields: {}, rest: [] });
  });
});
