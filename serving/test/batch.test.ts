import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { parse } from "csv-parse/sync";
import type { FastifyInstance } from "fastify";

import type { Feature } from "../src/model/package.ts";
import { csvRows } from "../src/protocols/mlflow/csv-rows.ts";
import type { Problem } from "../src/problem.ts";
import { appOn, closeApps, predict } from "./support/app.ts";
import {
  type ModelName,
  packageOf,
  python,
  staysPackage,
  temporaryFolder,
} from "./support/packages.ts";

/** An answer of the API, as far as it is compared. */
type Answer = Record<string, string | number | boolean>;
type Cells = Record<string, string>;

/** Fields of each type: good ones, missing ones and those that the API refuses. */
const FIELDS: Record<Feature["type"], readonly string[]> = {
  number: [
    "0",
    "-1",
    " 12.5 ",
    "+7",
    "1e2",
    ".5",
    "1e39",
    "-1e300",
    "",
    "NA",
    "abc",
    "3,14",
    "0x1",
  ],
  integer: ["3", "3.0", "3.5", "-2", "1e1", "100000", "", "n/a", "true"],
  boolean: ["true", "FALSE", "1", "0", "1.0", "2", "yes", ""],
  category: ["", "NA", "no such", "None", " 1st"],
  text: ["", "slow, noisy", "Great \u00c9COLE 😀", "NaN", "x".repeat(10_001)],
  datetime: [
    ...["2026-11-27", " 2026-11-27T08:30 ", "2026-11-27 08:30:59.9", "2026-02-30", "27/11/2026"],
    ...["2026-11-27T08:30:00Z", "2026-11-27T24:00:00", "0000-01-01", "", "nan"],
  ],
};
/** Values with a type: what a Parquet file may hold. */
const VALUES: Partial<Record<Feature["type"], readonly unknown[]>> = {
  number: [0, -1, 12.5, 1e39, -1e39, null],
  integer: [0, 3, -2, 100_000, null],
  category: ["", "NA", "no such", null],
  text: ["", "slow, noisy", "NA", null],
  datetime: ["2026-11-27", " 2026-11-27", "2026-11-27T08:30:00", "2026-02-30", "", null],
};

/** As CSV has it; a regression has no probability. */
function textOf(value: Answer[string] | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function csvLine(fields: readonly string[]): string {
  return fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
}

/** What the API says to one row. */
async function said(app: FastifyInstance, row: unknown) {
  const response = await predict(app, row);
  if (response.statusCode === 200) return { answer: response.json<Answer>() };
  return { faults: response.json<Problem>().errors };
}

async function batch(app: FastifyInstance, folder: string, file: string): Promise<Cells[][]> {
  const { package: pack, version } = app.models.current();
  const out = path.join(path.dirname(file), "out.csv");
  const words = ["--package", folder, "--model", pack.model, "--version", version];
  await promisify(execFile)(python(), [
    ...["-m", "training", "predict", ...words, "--in", file, "--out", out, "--overwrite"],
    ...["--prefix", "p_"],
  ]);
  return [out, `${out}.errors.csv`].map((one) =>
    parse<Cells>(readFileSync(one), { columns: true }),
  );
}

/** Holds a batch's answers and refusals against those of the API, row by row. */
async function compare(
  app: FastifyInstance,
  folder: string,
  file: string,
  rows: readonly unknown[],
): Promise<void> {
  const { package: pack, version } = app.models.current();
  const [answers = [], refusals = []] = await batch(app, folder, file);
  const expected = await Promise.all(rows.map((row) => said(app, row)));
  const good = expected.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  assert.ok(good.length > 1 && good.length < rows.length, `${good.length} of ${rows.length}`);
  assert.deepEqual(
    answers.map((one) => [one[`p_${pack.output.name}`], one["p_probability"]]),
    good.map((one) => [pack.output.name, "probability"].map((name) => textOf(one[name]))),
  );
  assert.ok(answers.every((one) => one["p_model_version"] === version));
  const faults = expected.flatMap(({ faults = [] }, row) =>
    faults.map(({ path: at, detail }) => [String(row + 1), at.slice(1), detail]),
  );
  const found = refusals.map(({ row, column, reason }) => [
    row,
    column,
    reason?.replace(/^is missing: /, ""),
  ]);
  assert.deepEqual(found.sort(), faults.sort());
}

const MODELS: readonly ModelName[] = ["diabetes", "iris", "titanic", "careful", "ranges"];

describe("batch prediction", () => {
  after(closeApps);

  for (const name of [...MODELS, "stays"] as const) {
    const load = async () => {
      const folder = await (name === "stays" ? staysPackage() : packageOf(name));
      return { folder, app: await appOn(folder) };
    };

    it(`answers and refuses the fields of a CSV file as the API does: ${name}`, async () => {
      const { folder, app } = await load();
      const { features, example } = app.models.current().package;
      const names = features.map((feature) => feature.name);
      const usual = Object.fromEntries(names.map((one) => [one, String(example[one] ?? "")]));
      const rows = features.flatMap(({ name: changed, type, categories }) =>
        [...FIELDS[type], ...(categories ?? [])].map((text) => ({ ...usual, [changed]: text })),
      );
      const lines = [usual, ...rows].map((row) => names.map((one) => row[one] ?? ""));
      const text = [names, ...lines].map(csvLine).join("\n");
      const file = path.join(temporaryFolder(), "rows.csv");
      writeFileSync(file, text);
      await compare(app, folder, file, csvRows(text, features, 10_000).rows);
    });

    it(`answers and refuses the values of a Parquet file as the API does: ${name}`, async () => {
      const { folder, app } = await load();
      const { features, example } = app.models.current().package;
      const rows = features.flatMap(({ name: changed, type, categories }) =>
        [...(VALUES[type] ?? []), ...(categories ?? [])].map((value) => ({
          ...example,
          [changed]: value,
        })),
      );
      const file = path.join(temporaryFolder(), "rows.parquet");
      const program =
        "import json, sys, pandas; pandas.DataFrame(json.loads(sys.argv[2])).to_parquet(sys.argv[1])";
      await promisify(execFile)(python(), [
        "-c",
        program,
        file,
        JSON.stringify([example, ...rows]),
      ]);
      await compare(app, folder, file, [example, ...rows]);
    });
  }
});
