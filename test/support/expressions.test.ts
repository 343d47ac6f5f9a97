import assert from "node:assert/strict";
import { comparedBy, expressionsOf, selectorsOf } from "./expressions.ts";

describe("expressions", () => {
  it("of alerts are taken apart into what they compare, so that no half hides the other", () => {
    assert.deepEqual(comparedBy("time() - max(up) > 3600 or max(pg_up) >= 0.5"), [
      "time() - max(up)",
      "max(pg_up)",
    ]);
    assert.deepEqual(comparedBy("(sum(pg_up) or vector(0)) == 0"), ["(sum(pg_up))"]);
    assert.deepEqual(comparedBy('(a{b=~"c|d"} > 1 and e >= 10) or (f != -1)'), [
      '(a{b=~"c|d"} and e)',
      "(f)",
    ]);
    assert.deepEqual(comparedBy("absent(pg_up)"), ["pg_up"]);
  });

  it("name their metrics, each with its matchers", () => {
    assert.deepEqual(
      selectorsOf('sum by (job) (rate(slipway_x_total{status=~"5.."}[5m])) / up + pg_up'),
      ['slipway_x_total{status=~"5.."}', "up", "pg_up"],
    );
  });

  it("of a dashboard are those of panels and annotations, with nothing filtered", () => {
    const page = {
      annotations: { list: [{ target: { expr: 'up{job=~"$job"}' } }] },
      panels: [{ targets: [{ expr: "rate(up[$__rate_interval])" }, { refId: "B" }] }],
    };
    assert.deepEqual(expressionsOf(page), ['up{job=~".*"}', "rate(up[1m])"]);
  });
});
