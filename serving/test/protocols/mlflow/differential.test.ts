import assert from "node:assert/strict";
import path from "node:path";

import type { FastifyInstance } from "fastify";

import type { Feature } from "../../../src/model/package.ts";
import { packageOf } from "../../support/packages.ts";
import {
  loadedApp,
  servedPackage,
  startMlflow,
  tensorPackageOf,
  type Listener,
} from "../../support/protocols.ts";

type Values = Record<string, number | string | null>;

/** A request of one form: its body and content type. */
interface Form {
  readonly body: unknown;
  readonly type?: string;
}

const FRAMES = ["split", "split with index", "split in another order", "records"];
const EVERY = ["records as instances", "columns as inputs", "records as inputs", "csv"];

/** The packages, and the forms that MLflow's own server can score with each. */
const SUBJECTS = [
  {
    title: "a regression",
    folder: () => packageOf("progress"),
    forms: [
      ...FRAMES,
      ...EVERY,
      "csv with index",
      "one row of columns",
      "empty split",
      "empty csv",
    ],
  },
  {
    title: "a binary classification with tensors",
    folder: () => tensorPackageOf("diabetes"),
    forms: ["split", "split with index", "records", "rows as instances", "rows as inputs"],
  },
  {
    title: "a classification into names with tensors",
    folder: () => tensorPackageOf("iris"),
    forms: ["split", "split with index", "records", "rows as instances", "rows as inputs"],
  },
  {
    title: "categories and missing values with tensors",
    folder: () => tensorPackageOf("titanic"),
    forms: ["split", "split in another order", "records", "nested columns as inputs"],
  },
];

describe("POST /invocations beside MLflow's own scoring server", () => {
  let mlflow: Listener;
  const apps = new Map<string, FastifyInstance>();

  before(async function () {
    this.timeout(180_000);
    const folders = await Promise.all(SUBJECTS.map(({ folder }) => folder()));
    const column = await packageOf("diabetes");
    for (const folder of [...folders, column]) apps.set(folder, await loadedApp(folder));
    mlflow = await startMlflow([...folders, column]);
  });

  after(async () => {
    await Promise.all([...apps.values()].map((app) => app.close()));
    await mlflow.stop();
  });

  for (const { title, folder, forms } of SUBJECTS) {
    for (const form of forms) {
      it(`answers the same for ${title}: ${form}`, async () => {
        const { ours, theirs } = await both(await folder(), form);
        assert.equal(theirs.status, 200, theirs.text);
        assert.equal(ours.status, 200, ours.text);
        assert.deepEqual(JSON.parse(ours.text), JSON.parse(theirs.text));
      });
    }
  }

  it("answers a classifier with named columns, where MLflow's own server fails", async () => {
    const folder = await packageOf("diabetes");
    const records = await both(folder, "records");
    assert.equal(records.theirs.status, 400);
    assert.match(records.theirs.text, /unexpected error while evaluating the model/);
    // The same outputs as with a signature of tensors, row by row.
    const tensors = await both(await tensorPackageOf("diabetes"), "records");
    const { predictions } = JSON.parse(tensors.theirs.text) as {
      predictions: { label: number[]; probabilities: number[][] };
    };
    assert.deepEqual(JSON.parse(records.ours.text), {
      predictions: predictions.label.map((label, row) => ({
        label,
        probabilities: predictions.probabilities[row],
      })),
    });
  });

  for (const [title, body, type] of [
    ["no format", { rows: [] }, "application/json"],
    ["two formats", { instances: [], inputs: [] }, "application/json"],
    ["an array", [], "application/json"],
    ["no JSON", "{", "application/json"],
    ["XML", "<a/>", "text/xml"],
    ["another charset", "a", "text/csv; charset=latin1"],
    ["a format parameter of MLflow 1", {}, "application/json; format=pandas-split"],
  ] as const) {
    it(`refuses ${title} with the same status`, async () => {
      const [folder] = apps.keys();
      const { ours, theirs } = await send(folder ?? "", { body, type });
      assert.equal(ours.status, theirs.status);
      assert.ok(theirs.status === 400 || theirs.status === 415);
    });
  }

  it("answers /ping and /version as MLflow's server does", async () => {
    for (const route of ["/ping", "/version"]) {
      const [[folder, app] = []] = apps;
      assert.ok(folder !== undefined && app !== undefined);
      const ours = await app.inject(route);
      const theirs = await fetch(`${mlflow.url}/${path.basename(folder)}${route}`);
      assert.deepEqual([ours.statusCode, ours.body], [theirs.status, await theirs.text()]);
    }
  });

  async function both(folder: string, form: string) {
    const app = apps.get(folder);
    assert.ok(app !== undefined);
    const request = forms(servedPackage(app).features)[form];
    assert.ok(request !== undefined, form);
    return send(folder, request);
  }

  async function send(folder: string, { body, type = "application/json" }: Form) {
    const app = apps.get(folder);
    assert.ok(app !== undefined);
    const payload = typeof body === "string" ? body : JSON.stringify(body);
    const headers = { "content-type": type };
    const answer = await app.inject({ method: "POST", url: "/invocations", headers, payload });
    const url = `${mlflow.url}/${path.basename(folder)}/invocations`;
    const other = await fetch(url, { method: "POST", headers, body: payload });
    return {
      ours: { status: answer.statusCode, text: answer.body },
      theirs: { status: other.status, text: await other.text() },
    };
  }
});

/** One body for each form that MLflow accepts, all with the same four rows. */
function forms(features: readonly Feature[]): Record<string, Form> {
  const names = features.map(({ name }) => name);
  const records = [0, 1, 2, 3].map((row) => requestRow(features, row));
  const rows = records.map((record) => names.map((name) => record[name] ?? null));
  const reversed = { columns: [...names].reverse(), data: rows.map((row) => [...row].reverse()) };
  const columns = Object.fromEntries(names.map((name, i) => [name, rows.map((row) => row[i])]));
  const first = Object.fromEntries(names.map((name, i) => [name, [rows[0]?.[i]]]));
  const nested = Object.fromEntries(
    names.map((name, i) => [name, rows.slice(0, 3).map((row) => [row[i]])]),
  );
  const csv = [names, ...rows].map((line) => line.join(","));
  const header = names.join(",");
  return {
    split: { body: { dataframe_split: { columns: names, data: rows } } },
    "split with index": {
      body: { dataframe_split: { index: [0, 1, 2, 3], columns: names, data: rows }, params: {} },
    },
    "split in another order": { body: { dataframe_split: reversed } },
    records: { body: { dataframe_records: records } },
    "records as instances": { body: { instances: records } },
    "rows as instances": { body: { instances: rows } },
    "records as inputs": { body: { inputs: records } },
    "rows as inputs": { body: { inputs: rows } },
    "columns as inputs": { body: { inputs: columns } },
    "one row of columns": { body: { inputs: first, params: { a: 1 } } },
    "nested columns as inputs": { body: { inputs: nested } },
    "empty split": { body: { dataframe_split: { columns: names, data: [] } } },
    csv: { body: csv.join("\n"), type: "text/csv" },
    "csv with index": {
      body: csv.map((line, i) => `${i === 0 ? "" : i},${line}`).join("\n"),
      type: "text/csv; charset=utf-8",
    },
    "empty csv": { body: `${header}\n`, type: "text/csv" },
  };
}

/** A valid row: numbers as the training data had them, the last row without its optional numbers. */
function requestRow(features: readonly Feature[], row: number): Values {
  return Object.fromEntries<Values[string]>(
    features.map(({ name, type, observed, categories, required }): [string, Values[string]] => {
      if (type === "category") return [name, categories?.[row % categories.length] ?? ""];
      if (row === 3 && !required) return [name, null];
      const { min = 0, median = 0, max = 0 } = observed ?? {};
      return [name, [median, min, max][row % 3] ?? null];
    }),
  );
}
