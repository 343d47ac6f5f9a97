import assert from "node:assert/strict";
import type { FastifyInstance } from "fastify";

import { drawnRows } from "../../src/model/class-order.ts";
import { DriftMonitor } from "../../src/model/drift.ts";
import type { Problem } from "../../src/problem.ts";
import { appOn, closeApps, predict } from "../support/app.ts";
import { staysPackage } from "../support/packages.ts";

type Fields = Record<string, unknown>;

interface Outputs {
  outputs: { data: number[] }[];
}

const STAY: Fields = {
  ...{ review: "Great staff, LOVELY room 😀", arrived: "2024-12-31T20:00:00", nights: 2 },
};

describe("a text and a time among the features", () => {
  let app: FastifyInstance;
  before(async () => {
    app = await appOn(await staysPackage());
  });
  after(closeApps);

  async function chance(row: Fields): Promise<number> {
    const response = await predict(app, { ...STAY, ...row });
    assert.equal(response.statusCode, 200, response.body);
    return response.json<{ probability: number }>().probability;
  }

  async function faults(row: Fields): Promise<unknown> {
    const response = await predict(app, { ...STAY, ...row });
    assert.equal(response.statusCode, 422, response.body);
    return response.json<Problem>().errors;
  }

  it("decides by its words, in whatever case, and not at all where it is missing", async () => {
    const good = await chance({});
    assert.ok(good > (await chance({ review: "slow, noisy" })) + 0.3);
    assert.equal(await chance({ review: "\u00c9COLE" }), await chance({ review: "e\u0301cole!" }));
    const none = await chance({ review: null });
    for (const review of ["…", " \u0000 ", "\ud800", "日本語", "👩‍👩‍👧"]) {
      assert.equal(await chance({ review }), none, JSON.stringify(review));
    }
  });

  it("is a string of so many characters, and nothing else", async () => {
    const kind = "must be a string of 1 to 10000 characters, or null";
    for (const review of [7, true, ["great"]]) {
      assert.deepEqual(await faults({ review }), [{ path: "/review", detail: kind }]);
    }
    const long = [{ path: "/review", detail: "must have at most 10000 characters" }];
    assert.deepEqual(await faults({ review: "x".repeat(10_001) }), long);
    assert.deepEqual(await faults({ review: "" }), [
      { path: "/review", detail: "must not be empty" },
    ]);
    assert.ok((await chance({ review: "😀".repeat(10_000) })) > 0);
  });

  it("has the same answer by every protocol", async () => {
    const wanted = await chance({});
    const { name } = app.models.current();
    const infer = `/v2/models/${name}/infer`;
    const ask = async (url: string, payload: string | Buffer, headers: Record<string, string>) => {
      const response = await app.inject({ method: "POST", url, payload, headers });
      assert.equal(response.statusCode, 200, response.body);
      return response.body;
    };
    const json = { "content-type": "application/json" };
    const metadata = await app.inject(`/v2/models/${name}`);
    const { inputs } = metadata.json<{ inputs: { name: string; datatype: string }[] }>();
    assert.equal(inputs.find((one) => one.name === "review")?.datatype, "BYTES");
    const arrived = { name: "arrived", shape: [1], datatype: "BYTES", data: [STAY["arrived"]] };
    const nights = { name: "nights", shape: [1], datatype: "FP32", data: [STAY["nights"]] };
    const review = { name: "review", shape: [1], datatype: "BYTES" };
    const text = Buffer.from(String(STAY["review"]));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    const head = JSON.stringify({
      inputs: [{ ...review, parameters: { binary_data_size: text.length + 4 } }, arrived, nights],
    });
    const answers = [
      await ask(
        infer,
        JSON.stringify({ inputs: [{ ...review, data: [STAY["review"]] }, arrived, nights] }),
        json,
      ),
      await ask(infer, Buffer.concat([Buffer.from(head), length, text]), {
        ...json,
        "inference-header-content-length": String(head.length),
      }),
    ].map((body) => (JSON.parse(body) as Outputs).outputs[1]?.data[1]);
    assert.deepEqual(
      answers.map((one) => one?.toFixed(6)),
      [wanted, wanted].map((one) => one.toFixed(6)),
    );
    const rest = `${String(STAY["arrived"])},${String(STAY["nights"])}`;
    const line = `review,arrived,nights\n"${String(STAY["review"])}",${rest}\n,${rest}\n`;
    for (const body of [
      await ask(
        "/invocations",
        JSON.stringify({ dataframe_records: [STAY, { ...STAY, review: null }] }),
        json,
      ),
      await ask("/invocations", line, { "content-type": "text/csv" }),
    ]) {
      const { predictions } = JSON.parse(body) as { predictions: { probabilities: number[] }[] };
      assert.deepEqual(
        predictions.map(({ probabilities }) => probabilities[1]?.toFixed(6)),
        [wanted, await chance({ review: null })].map((one) => one.toFixed(6)),
      );
    }
  });

  it("knows a time by its parts, however it is written", async () => {
    const wanted = await chance({});
    for (const arrived of ["2024-12-31 20:00", "2024-12-31T20:00", "2024-12-31T20:59:59.9"])
      assert.equal(await chance({ arrived }), wanted, arrived);
    assert.notEqual(await chance({ arrived: "2024-12-31" }), wanted);
    for (const arrived of ["0001-01-01", "1969-07-20T20:17", "2400-02-29", "9999-12-31T23:59"])
      assert.ok(Number.isFinite(await chance({ arrived })), arrived);
  });

  it("refuses what is no time, or has an offset that training saw none of, once a field", async () => {
    const detail =
      "must be a date or time without an offset, such as 2026-11-27 or 2026-11-27T08:30:00";
    for (const arrived of [
      "2023-02-29",
      "03/04/2025",
      "2024-01-01T08:30Z",
      "",
      1_700_000_000,
      true,
    ])
      assert.deepEqual(await faults({ arrived }), [{ path: "/arrived", detail }], String(arrived));
  });

  it("drifts with the time as with a number", () => {
    const pack = app.models.current().package;
    const psi = (values: number[]) => {
      const monitor = new DriftMonitor(pack);
      const column = pack.features.findIndex(({ name }) => name === "arrived");
      monitor.observe(
        values.map((value) => pack.features.map((_, i) => (i === column ? value : 1))),
      );
      return monitor.drift().find(({ feature }) => feature === "arrived")?.psi ?? NaN;
    };
    const { histogram } = pack.features.find(({ name }) => name === "arrived") ?? {};
    assert.ok(histogram !== undefined && "edges" in histogram);
    const usual = histogram.counts.flatMap((count, bin) =>
      new Array<number>(3 * count).fill(histogram.edges[bin] ?? 2e9),
    );
    assert.ok(psi(usual) < 0.01);
    assert.ok(psi(usual.map((value) => value + 3e7)) > 0.25);
  });

  it("drifts by its length, and by how often it is missing", () => {
    const pack = app.models.current().package;
    const psi = (reviews: string[]) => {
      const monitor = new DriftMonitor(pack);
      const column = pack.features.findIndex(({ name }) => name === "review");
      monitor.observe(
        reviews.map((text) => pack.features.map((_, i) => (i === column ? text : 1))),
      );
      return monitor.drift().find(({ feature }) => feature === "review")?.psi ?? NaN;
    };
    const { histogram } = pack.features.find(({ name }) => name === "review") ?? {};
    assert.ok(histogram !== undefined && "edges" in histogram);
    const usual = histogram.counts.flatMap((count, bin) =>
      new Array<string>(2 * count).fill("é".repeat(histogram.edges[bin] ?? 200)),
    );
    const gaps = new Array<string>(2 * histogram.missing).fill("");
    assert.ok(psi([...usual, ...gaps]) < 0.01);
    assert.ok(psi(usual.map((text) => `${text} and much more of it`)) > 0.25);
    assert.ok(psi(usual.map(() => "")) > 0.25);
  });

  it("is drawn for the check of the classes' order as the example has it", () => {
    const texts = drawnRows(app.models.current().package).map(([review]) => review);
    assert.deepEqual([...new Set(texts)].sort(), [
      "",
      app.models.current().package.example["review"],
    ]);
  });

  it("is described in OpenAPI as what is taken", async () => {
    const { body } = await app.inject("/docs/json");
    const { properties } = schemaOf(JSON.parse(body));
    const { type, minLength, maxLength } = properties["review"] ?? {};
    assert.deepEqual([type, minLength, maxLength], [["string", "null"], 1, 10_000]);
    const arrived = properties["arrived"] ?? {};
    assert.deepEqual([arrived["type"], arrived["x-offset"]], ["string", false]);
    assert.match("2024-12-31T20:00", new RegExp(String(arrived["pattern"])));
  });
});

/** The request schema of a row, wherever it stands in the document. */
function schemaOf(document: unknown): { properties: Record<string, Fields> } {
  const found: unknown[] = [document];
  for (const node of found) {
    if (typeof node !== "object" || node === null) continue;
    const { properties } = node as { properties?: Record<string, Fields> };
    if (properties?.["review"] !== undefined) return { properties };
    found.push(...(Object.values(node) as unknown[]));
  }
  throw new Error("no schema of a row");
}
