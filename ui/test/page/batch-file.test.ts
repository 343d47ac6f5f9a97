import assert from "node:assert/strict";
import { addedColumns, answeredFile, spreadOf } from "../../page/batch/answered.ts";
import { columnsOf, notationIn, rowAt } from "../../page/batch/columns.ts";
import { predictAll } from "../../page/batch/run.ts";
import { MOST_ROWS, type TableFile, readTable } from "../../page/batch/table-file.ts";
import { RequestError } from "../../page/client.ts";
import type { Prediction } from "../../page/package.ts";
import { diabetes, titanic } from "../support/packages.ts";

const EXPECTED = [...diabetes.features, ...titanic.features].map(({ name }) => name);
const POINT = { decimal: "." } as const;
const COMMA = { decimal: "," } as const;

function read(text: string | Uint8Array): TableFile {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const file = readTable("rows.csv", bytes, EXPECTED);
  assert.ok(!("trouble" in file), JSON.stringify(file));
  return file;
}

const trouble = (bytes: Uint8Array) => {
  const file = readTable("rows.csv", bytes, EXPECTED);
  return "trouble" in file ? file.trouble : undefined;
};

describe("a file of rows", () => {
  for (const [name, delimiter] of [
    ["commas", ","],
    ["semicolons", ";"],
    ["tabs", "\t"],
    ["bars", "|"],
  ] as const) {
    it(`is read with ${name} between its columns, empty lines and a space beside a name`, () => {
      const lines = ["Sex, Age ,Port", "male,22,S", "", "female,,Q", ""];
      const file = read(lines.join("\r\n").replaceAll(",", delimiter));
      assert.equal(file.delimiter, delimiter);
      assert.deepEqual(file.header, ["Sex", "Age", "Port"]);
      assert.deepEqual(file.rows, [
        ["male", "22", "S"],
        ["female", "", "Q"],
      ]);
      assert.deepEqual(file.places, [2, 4]);
    });
  }

  it("is read in UTF-8, UTF-16 with its mark, and what old spreadsheets write", () => {
    const text = "Ort,Zahl\nZürich,1\n";
    const utf16 = Uint8Array.from([0xff, 0xfe, ...Buffer.from(text, "utf16le")]);
    const files = [
      read(text),
      read(`\ufeff${text}`),
      read(utf16),
      read(Uint8Array.from(Buffer.from(text, "latin1"))),
    ];
    assert.deepEqual(
      files.map(({ encoding, marked }) => [encoding, marked]),
      [
        ["utf-8", false],
        ["utf-8", true],
        ["utf-16le", true],
        ["windows-1252", false],
      ],
    );
    for (const { header, rows } of files) {
      assert.deepEqual(header, ["Ort", "Zahl"]);
      assert.equal(rows[0]?.[0], "Zürich");
    }
  });

  it("keeps a quoted delimiter, quote and line break", () => {
    assert.deepEqual(read('a,b\n"x, ""y""\nz",2\n').rows, [['x, "y"\nz', "2"]]);
  });

  it("is refused where it has no rows, too many, or is no text", () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    assert.equal(trouble(bytes("")), "empty");
    assert.equal(trouble(bytes("Sex,Age\n\n")), "empty");
    assert.equal(trouble(bytes(`a\n${"1\n".repeat(MOST_ROWS + 1)}`)), "long");
    assert.equal(trouble(bytes(`a\n${"1\n".repeat(MOST_ROWS)}`)), undefined);
    assert.equal(trouble(Uint8Array.from([80, 75, 3, 4, 0, 0, 0, 10])), "binary");
  });
});

describe("the columns of a file", () => {
  const { features } = titanic;

  it("are found by a feature's name or title in any case, in any order, among others", () => {
    const { found, lacking, absent, twice } = columnsOf(features, ["AGE", "id", "Port", "sex"]);
    assert.deepEqual(
      found.map(({ feature, at }) => [feature.name, at]),
      [
        ["Sex", 3],
        ["Age", 0],
        ["Port", 2],
      ],
    );
    assert.deepEqual(
      [...lacking, ...absent].map(({ name }) => name),
      ["Alone"],
    );
    assert.deepEqual(twice, []);
  });

  it("are not guessed at where two could be meant; the exact name wins", () => {
    assert.deepEqual(columnsOf(features, ["sex", "SEX"]).twice, ["Sex"]);
    assert.deepEqual(columnsOf(features, ["sex", "Sex"]).twice, []);
    assert.deepEqual(columnsOf(features, ["Sex", "Sex"]).twice, ["Sex"]);
  });

  it("tell the decimal separator, but not by what may be thousands", () => {
    const of = (...cells: string[]) => {
      const file = read(`Glucose;BMI\n${cells.map((cell) => `${cell};"x"`).join("\n")}\n`);
      return notationIn(file, columnsOf(diabetes.features, file.header)).decimal;
    };
    assert.equal(of("12,5", "3"), ",");
    assert.equal(of("12.5", "3"), ".");
    assert.equal(of("12", "3"), ".");
    assert.equal(of("1,234", "2,345"), ".");
    assert.equal(of("1,234", "2,5"), ",");
    assert.equal(of("1.5", "2.5", "3,5"), ".");
  });
});

describe("a row of a file", () => {
  const rowOf = (cells: string, header = "Sex;Age;Alone;Port", notation = POINT as never) => {
    const file = read(`${header}\n${cells}\n`);
    return rowAt(file, columnsOf(titanic.features, file.header), notation, 0);
  };

  it("holds values of the feature's type, and nothing for an empty cell", () => {
    const { row, errors } = rowOf("male;22.5;TRUE;");
    assert.deepEqual(errors, []);
    assert.deepEqual(row, { Sex: "male", Age: 22.5, Alone: true });
    assert.deepEqual(rowOf("male;22,5;0;C", undefined, COMMA as never).row, {
      ...{ Sex: "male", Age: 22.5, Alone: false, Port: "C" },
    });
  });

  it("says of each cell that it cannot mean anything; what could mean two things too", () => {
    assert.deepEqual(rowOf("male;1,234;maybe;C").errors, [
      { row: 0, column: "Age", problem: "must be either 1234 or 1.234; 1,234 can mean both" },
      { row: 0, column: "Alone", problem: "must be true or false" },
    ]);
    const [wrong] = rowOf("male;old;true;C").errors;
    assert.equal(wrong?.problem, "must be a number such as 12.5");
  });

  it("is not asked where it has another number of cells than there are columns", () => {
    const { errors } = rowOf("male;22;true");
    assert.deepEqual(errors, [
      { row: 0, column: null, problem: "has 3 cells, and there are 4 columns" },
    ]);
  });
});

describe("predicting a file", () => {
  const model = { name: "diabetes-model", version: "3" };
  const rows = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ at, row: { Glucose: at } }));
  const answer = (row: object): Prediction => ({
    has_diabetes: Number(Object.values(row)[0]) > 100,
    probability: 0.5,
    model,
  });
  const never = new AbortController().signal;

  it("asks for a few hundred rows at a time, and tells how far it is", async () => {
    const sizes: number[] = [];
    const told: number[] = [];
    const ask = (some: readonly object[]) => {
      sizes.push(some.length);
      return Promise.resolve(some.map(answer));
    };
    const { answers, errors } = await predictAll(rows(1203), ask, never, (done) => told.push(done));
    assert.deepEqual(
      [sizes, told],
      [
        [500, 500, 203],
        [500, 1000, 1203],
      ],
    );
    assert.deepEqual([answers.size, errors], [1203, []]);
    assert.equal(answers.get(101)?.["has_diabetes"], true);
  });

  it("leaves out the rows that the model refuses, and names them", async () => {
    const ask = (some: readonly object[]) => {
      const bad = some.findIndex((row) => [7, 13].includes(Number(Object.values(row)[0])));
      if (bad < 0) return Promise.resolve(some.map(answer));
      const errors = [{ path: `/${bad}/Glucose`, detail: "must be at most 300" }];
      return Promise.reject(new RequestError("refused", { errors }, 422));
    };
    const { answers, errors } = await predictAll(rows(20), ask, never, () => undefined);
    assert.equal(answers.size, 18);
    assert.deepEqual(
      errors.map(({ row, column }) => [row, column]),
      [
        [7, "Glucose"],
        [13, "Glucose"],
      ],
    );
  });

  it("waits for a model that is busy, gives up on one that refuses all, and stops when told", async () => {
    let busy = 3;
    const sometimes = (some: readonly object[]) =>
      busy-- > 0
        ? Promise.reject(new RequestError("busy", {}, 503))
        : Promise.resolve(some.map(answer));
    const { answers } = await predictAll(rows(3), sometimes, never, () => undefined, 1);
    assert.equal(answers.size, 3);
    const always = (status: number) => () => Promise.reject(new RequestError("no", {}, status));
    for (const status of [401, 503])
      await assert.rejects(
        predictAll(rows(3), always(status), never, () => undefined, 1),
        /no/,
      );
    const controller = new AbortController();
    const stopped = predictAll(rows(3), always(503), controller.signal, () => undefined, 60_000);
    controller.abort();
    await assert.rejects(stopped, { name: "AbortError" });
  });

  it("gives the file back as it was, with answer, probability, version and error behind it", () => {
    const file = read("id;Glucose;probability\n1;12,5;x\n2;old;y\n3;1\n");
    const answers = new Map([[0, { has_diabetes: true, probability: 0.25, model }]]);
    const errors = [{ row: 1, column: "Glucose", problem: "must be a number" }];
    const text = answeredFile(file, addedColumns(diabetes, file), { answers, errors }, COMMA);
    assert.deepEqual(text.trim().split("\r\n"), [
      "id;Glucose;probability;has_diabetes;probability_2;model_version;error",
      "1;12,5;x;true;0,25;3;",
      "2;old;y;;;;Glucose must be a number",
      "3;1;;;;;",
    ]);
  });

  it("shows how often each answer came, or how numbers are spread", () => {
    const said = (values: unknown[], output: string) =>
      new Map(values.map((value, at) => [at, { [output]: value, model }] as const));
    const classes = { answers: said([true, false, true], "has_diabetes"), errors: [] };
    assert.deepEqual(spreadOf(diabetes, classes), [
      { label: "true", count: 2 },
      { label: "false", count: 1 },
    ]);
    const output = { name: "price", type: "number", unit: null } as const;
    const numbers = { answers: said([0, 1, 9.9, 10], "price"), errors: [] };
    const bars = spreadOf({ ...diabetes, task: "regression", output }, numbers);
    assert.deepEqual(
      bars.map(({ count }) => count),
      [1, 1, 0, 0, 0, 0, 0, 0, 0, 2],
    );
  });
});
