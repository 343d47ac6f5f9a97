import assert from "node:assert/strict";

import { parquetReadObjects } from "hyparquet";

import { ChunkBuffer, type Chunk } from "../../src/capture/chunk.ts";
import { predictionsParquet } from "../../src/capture/parquet.ts";
import type { LoadedModel, Row, Scores } from "../../src/model/loaded-model.ts";

/** A regression of as many features as types are given, named by them. */
function bufferOf(...types: string[]): ChunkBuffer {
  const features = types.map((type) => ({ name: type, type, categories: null }));
  const output = { name: "answer", type: "number" };
  const pack = { task: "regression", positive: null, classes: [], output, features };
  return new ChunkBuffer({ name: "m", version: "7", package: pack } as unknown as LoadedModel, []);
}

function add(buffer: ChunkBuffer, id: string, row: Row, at = 0): void {
  const values = new Float64Array(at + 1).fill(0.5);
  const scores = { rows: 1, classes: new Int32Array(), probabilities: new Float32Array(), values };
  buffer.add(id, Date.UTC(2026, 10, 28), row, scores satisfies Scores, at);
}

async function read(...chunks: Chunk[]): Promise<Record<string, unknown>[]> {
  const { buffer, byteOffset, byteLength } = predictionsParquet(chunks);
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  return parquetReadObjects({ file });
}

/** What a feature of that type is read as, row by row. */
async function values(type: string, ...given: (number | string)[]): Promise<unknown[]> {
  const buffer = bufferOf(type);
  for (const [at, value] of given.entries()) add(buffer, `id-${at}`, [value]);
  return (await read(buffer.take())).map((row) => row[`feature_${type}`]);
}

describe("a file of predictions", () => {
  it("has each id as it was, of any length, also when a buffer is used again", async () => {
    const buffer = bufferOf("number");
    const chunks = [["a".repeat(64), "b:1"], ["c", "d.2-_", "e".repeat(33)], ["f"]].map((ids) => {
      for (const id of ids) add(buffer, id, [1]);
      return buffer.take();
    });
    const ids = (await read(...chunks)).map((row) => row["request_id"]);
    assert.deepEqual(ids, ["a".repeat(64), "b:1", "c", "d.2-_", "e".repeat(33), "f"]);
  });

  it("has the id of a request of many rows in each of them, over chunks", async () => {
    const buffer = bufferOf("number");
    add(buffer, "one", [1]);
    for (const at of [0, 1]) add(buffer, "many", [at], at);
    const first = buffer.take();
    for (const at of [2, 3]) add(buffer, "many", [at], at);
    add(buffer, "last", [1]);
    const chunks = [first, buffer.take()];
    assert.deepEqual(
      (await read(...chunks)).map((row) => [row["request_id"], row["row"]]),
      [...[["one", 0]], ...[0, 1, 2, 3].map((at) => ["many", at]), ["last", 0]],
    );
    // pyarrow's read_dictionary takes none that has a text twice.
    const bytes = Buffer.from(predictionsParquet(chunks));
    assert.equal(bytes.toString("latin1").split("many").length - 1, 1);
  });

  it("has time, version and answer", async () => {
    const buffer = bufferOf("number");
    add(buffer, "one", [1]);
    assert.deepEqual(await read(buffer.take()), [
      {
        ...{ request_id: "one", row: 0, time: new Date("2026-11-28"), version: "7", answer: 0.5 },
        feature_number: 1,
      },
    ]);
  });

  it("has numbers to the last bit: few that come again, and many", async () => {
    const few = Array.from(
      { length: 1000 },
      (_, at) => [0.1, -7, 1e300, 2 ** -1074, 0][at % 5] ?? 0,
    );
    assert.deepEqual(await values("number", ...few), few);
    const some = Array.from({ length: 4000 }, (_, at) => at % 1500);
    assert.deepEqual(await values("number", ...some), some);
    const many = Array.from({ length: 4000 }, (_, at) => Math.sqrt(at));
    assert.deepEqual(await values("number", ...many), many);
  });

  it("has more different numbers than a dictionary takes, over chunks", async () => {
    const buffer = bufferOf("number");
    const chunks = Array.from({ length: 4 }, (_, chunk) => {
      for (let at = 0; at < 3000; at += 1) add(buffer, "id", [(3000 * chunk + at) % 6000]);
      return buffer.take();
    });
    const rows = await read(...chunks);
    assert.ok(rows.every((row, at) => row["feature_number"] === at % 6000));
  });

  it("has null for what is missing, also where all is", async () => {
    for (const type of ["number", "boolean", "datetime"]) {
      assert.deepEqual(await values(type, NaN, NaN), [null, null], type);
    }
    assert.deepEqual(await values("text", "", ""), [null, null]);
    const ages = Array.from({ length: 100 }, (_, at) => (at % 3 === 0 ? NaN : at % 7));
    const read = ages.map((age) => (Number.isNaN(age) ? null : age));
    assert.deepEqual(await values("number", ...ages), read);
  });

  it("has booleans, moments of any century, and texts of any script", async () => {
    const bits = Array.from({ length: 21 }, (_, at) => (at === 4 ? NaN : at % 2));
    const booleans = bits.map((bit) => (Number.isNaN(bit) ? null : bit === 1));
    assert.deepEqual(await values("boolean", ...bits), booleans);
    const moments = [
      "0001-01-01",
      "1969-12-31T23:59:59Z",
      "1970-01-01",
      "2262-04-12",
      "9999-12-31",
    ];
    const dates = moments.map((text) => new Date(text));
    const seconds = dates.map((date) => date.getTime() / 1000);
    assert.deepEqual(await values("datetime", ...seconds), dates);
    const texts = ["Lovely 😀", "", "é", "Lovely 😀", "x"];
    const kept = ["Lovely 😀", null, "é", "Lovely 😀", "x"];
    assert.deepEqual(await values("text", ...texts), kept);
  });

  it("has one dictionary of texts for all chunks", async () => {
    const buffer = bufferOf("text");
    const chunks = [
      ["a", "b", ""],
      ["c", "b"],
      ["", ""],
    ].map((texts) => {
      for (const text of texts) add(buffer, "id", [text]);
      return buffer.take();
    });
    const texts = (await read(...chunks)).map((row) => row["feature_text"]);
    assert.deepEqual(texts, ["a", "b", null, "c", "b", null, null]);
  });
});
