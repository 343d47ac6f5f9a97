import assert from "node:assert/strict";
import { chosen, type Stored, type Use } from "../../../tools/ops/snapshots.ts";
import { differenceText, listTable, showText } from "../../../tools/ops/snapshot-tables.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

/** A snapshot that was written so many days ago. */
function snapshot(digit: string, days: number): Stored {
  const time = new Date(NOW - days * 86_400_000).toISOString();
  return {
    sha256: digit.repeat(64),
    written: "typed",
    rows: 300,
    columns: { a: "int64", b: "text" },
    source: "postgres://db/shop",
    query: "SELECT a,\n  b FROM t",
    files: 0,
    read_at: time,
    size: 2000,
    written_at: time,
  };
}

const use = (version: string, aliases: string[], judged = true): Use => ({
  model: "churn-model",
  version,
  aliases,
  judged,
});

describe("Snapshots", () => {
  const stored = ["a", "b", "c", "d", "e"].map((digit, at) => snapshot(digit, 10 - 2 * at));
  const uses = new Map([
    ["a".repeat(64), [use("1", ["previous"])]],
    ["b".repeat(64), [use("2", [])]],
    ["c".repeat(64), [use("3", [], false)]],
    ["d".repeat(64), [use("4", []), use("5", ["champion"])]],
  ]);
  it("are found by first digits or by a version", () => {
    assert.equal(chosen("BB", stored, uses).sha256, "b".repeat(64));
    assert.equal(chosen("churn-model/5", stored, uses).sha256, "d".repeat(64));
    assert.throws(() => chosen("churn-model/9", stored, uses), /no version of that name/);
    assert.throws(() => chosen("0", stored, uses), /no such snapshot; there are aaaaaaaaaaaa, /);
    assert.throws(() => chosen("", stored, uses), /5 snapshots begin so; give more digits/);
    assert.throws(() => chosen("churn-model/1", [], uses), /is not in the store any more/);
  });

  it("are listed with who was trained from them", () => {
    const [titles, row] = listTable(stored.slice(3, 4), uses).split("\n");
    assert.match(titles ?? "", /^SNAPSHOT +READ \(UTC\) +ROWS +COLUMNS +KIB +VERSIONS +SOURCE$/);
    assert.match(
      row ?? "",
      /^d{12} +2026-11-24 12:00:00 +300 +2 +2 +churn-model\/4, churn-model\/5 \(champion\) +postgres:\/\/db\/shop$/,
    );
  });

  it("are shown with their query, columns and how to read them again", () => {
    const text = showText({ ...snapshot("a", 1), url: "file:///x" }, uses.get("a".repeat(64)));
    assert.match(text, /^query +SELECT a, b FROM t$/m);
    assert.match(text, /^versions +churn-model\/1 \(previous\)$/m);
    assert.match(text, /source: "snapshot:a{64}"/);
    assert.match(text, /^a +int64$/m);
  });

  it("are compared: rows, columns, and the column that moved most first", () => {
    const number = { mean: 1.5, min: 0, q25: 1, median: 1.5, q75: 2, max: 1234567 };
    const empty = { mean: null, min: null, q25: null, median: null, q75: null, max: null };
    const text = differenceText({
      rows: { before: 300, after: 310, added: 12, removed: 2 },
      columns: { added: { c: "bool" }, removed: { d: "text" }, changed: { a: ["int64", "text"] } },
      distributions: [
        { name: "n", missing: [0, 1], values: [number, empty], psi: 0.01 },
        {
          name: "t",
          missing: [0.125, 0.125],
          values: [
            { different: 2, most: { x: 0.75, y: 0.25 } },
            { different: 1, most: { x: 1 } },
          ],
          psi: 0.4,
        },
      ],
    });
    assert.match(text, /300 before, 310 after: 12 added, 2 removed/);
    assert.match(text, /column added: c \(bool\)\ncolumn removed: d \(text\)\n/);
    assert.match(text, /type changed: a was int64 and is text/);
    assert.match(text, /^t +0\.400 +12\.5% +2 different: x 75%, y 25% +1 different: x 100%$/m);
    assert.match(
      text,
      /^n +0\.010 +0% -> 100% +mean 1\.5; 0 \| 1 \| 1\.5 \| 2 \| 1234600 +no value$/m,
    );
    assert.ok(text.indexOf("\nt ") < text.indexOf("\nn "));
  });
});
