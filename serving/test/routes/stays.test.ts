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

const STAY: Fields = { review: "Great staff, LOVELY room 😀", nights: 2 };

describe("a text among the features", () => {
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
    assert.ok(good > 0.7 && (await chance({ review: "slow, noisy" })) < 0.3);
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
    const nights = { name: "nights", shape: [1], datatype: "FP32", data: [STAY["nights"]] };
    const review = { name: "review", shape: [1], datatype: "BYTES" };
    const text = Buffer.from(String(STAY["review"]));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    const head = JSON.stringify({
      inputs: [{ ...review, parameters: { binary_data_size: text.length + 4 } }, nights],
    });
    const answers = [
      await ask(
        infer,
        JSON.stringify({ inputs: [{ ...review, data: [STAY["review"]] }, nights] }),
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
    const line = `review,nights\n"${String(STAY["review"])}",${String(STAY["nights"])}\n,1\n`;
    for (const body of [
      await ask("/invocations", JSON.stringify({ dataframe_records: [STAY, { nights: 1 }] }), json),
      await ask("/invocations", line, { "content-type": "text/csv" }),
    ]) {
      const { predictions } = JSON.parse(body) as { predictions: { probabilities: number[] }[] };
      assert.deepEqual(
        predictions.map(({ probabilities }) => probabilities[1]?.toFixed(6)),
        [wanted, await chance({ review: null, nights: 1 })].map((one) => one.toFixed(6)),
      );
    }
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
