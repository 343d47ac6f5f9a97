import assert from "node:assert/strict";
import { chooseVersions, compareVersions } from "../../../tools/ops/compare-versions.ts";

const version = (number: string, tags: Record<string, string> = {}) => ({
  version: number,
  status: "READY",
  tags,
  run: `run-${number}`,
});
const all = ["1", "2", "3"].map((number) => version(number));
const numbers = (champion: string | undefined, wanted?: string[]) =>
  chooseVersions("m", all, champion, wanted).map((one) => one.version);

describe("two versions of a model", () => {
  it("are by default the champion and the newest other one", () => {
    assert.deepEqual(numbers("3"), ["3", "2"]);
    assert.deepEqual(numbers("1"), ["1", "3"]);
    assert.deepEqual(numbers(undefined), ["2", "3"]);
    assert.deepEqual(numbers("3", ["1", "2"]), ["1", "2"]);
  });

  it("must be there", () => {
    assert.throws(() => numbers("3", ["1", "7"]), /m has no version 7; it has 1, 2, 3/);
    assert.throws(
      () => chooseVersions("m", [version("1")], "1"),
      /m has one version alone, 1: there is nothing to compare it with/,
    );
  });

  it("stand side by side: every figure, and of the rest what differs", () => {
    const gate = {
      passed: false,
      figures: [
        { metric: "rmse", rule: "champion", value: 3, limit: 2.1, passed: false },
        { metric: "mae", rule: "floor", value: 1, limit: 2, passed: true, slice: "sex=male" },
      ],
      champion: "1",
      note: "compared on 40 rows",
    };
    const run = (rmse: number, trees: string, data: string) => ({
      startedAt: Date.UTC(2026, 10, 25),
      metrics: { rmse, parity_difference: 1e-7 },
      parameters: { estimator: "forest", n_estimators: trees },
      tags: { "slipway.data_sha256": data },
    });
    const sides = [
      { version: version("1"), aliases: ["champion"], run: run(2, "100", "aa".repeat(32)) },
      {
        version: version("2", { "slipway.gate": JSON.stringify(gate) }),
        aliases: [],
        run: run(3, "10", "bb".repeat(32)),
      },
    ];
    assert.deepEqual(compareVersions("price-model", sides).split("\n"), [
      "price-model    version 1, champion  version 2            CHANGE",
      "trained (UTC)  2026-11-25 00:00:00  2026-11-25 00:00:00",
      "rmse           2.0000               3.0000               +1.0000",
      "n_estimators   100                  10",
      "data           aaaaaaaaaaaa         bbbbbbbbbbbb",
      "Each was judged on test rows of its own data, so the figures are not of the same rows; those of the gate are.",
      "gate, version 1: not judged yet",
      "gate, version 2: rejected against version 1",
      "  FAILED rmse 3.0000, limit 2.1000 (champion)",
      "  ok mae of sex=male 1.0000, limit 2.0000 (floor)",
      "  compared on 40 rows",
    ]);
  });

  it("have each figure with its interval, where a version has one", () => {
    const run = (metrics: Record<string, number>) => ({
      startedAt: Date.UTC(2026, 10, 25),
      metrics,
      parameters: {},
      tags: {},
    });
    const rows = compareVersions("m", [
      { version: version("1"), aliases: [], run: run({ r2: 0.5 }) },
      { version: version("2"), aliases: [], run: run({ r2: 0.6, r2_low: 0.5, r2_high: 0.7 }) },
    ]).split("\n");
    assert.equal(rows[2], "r2             0.5000               0.6000 (0.5000 to 0.7000)  +0.1000");
    assert.ok(rows[3]?.startsWith("data"));
  });
});
