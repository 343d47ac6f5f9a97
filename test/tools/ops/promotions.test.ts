import assert from "node:assert/strict";
import {
  earlierChampion,
  type Promotion,
  promotionsOf,
  promotionTag,
} from "../../../tools/ops/promotions.ts";

const at = (minute: number) => `2026-11-22T02:0${minute}:00.000Z`;
const trained = (version: string, minute: number, replaced?: string): Promotion => ({
  ...{ version, at: at(minute), by: "training" },
  ...(replaced === undefined ? {} : { replaced }),
});
const rolledBack = (version: string, minute: number, replaced: string): Promotion => ({
  ...{ version, at: at(minute), by: "ada", replaced, reason: "worse in production" },
});

describe("the promotions of a model", () => {
  it("are read from the tags of its versions, oldest first, past other tags", () => {
    const second = rolledBack("1", 3, "2");
    const { key, value } = promotionTag(second);
    const versions = [
      { version: "1", status: "READY", run: "", tags: { "slipway.key": "x", [key]: value } },
      {
        version: "2",
        status: "READY",
        run: "",
        tags: { [`slipway.champion.${at(2)}`]: '{"by":"training","replaced":"1"}' },
      },
    ];
    assert.deepEqual(promotionsOf(versions), [trained("2", 2, "1"), second]);
  });

  it("lead back to the champion before", () => {
    assert.equal(earlierChampion([trained("1", 1), trained("4", 2, "1")], "4"), "1");
  });

  it("lead further back after a rollback, not forward to what it left", () => {
    const all = [
      trained("1", 1),
      trained("2", 2, "1"),
      trained("3", 3, "2"),
      rolledBack("2", 4, "3"),
    ];
    assert.equal(earlierChampion(all, "2"), "1");
  });

  it("lead to a version again that was rolled back from and promoted anew", () => {
    const all = [
      trained("1", 1),
      trained("2", 2, "1"),
      rolledBack("1", 3, "2"),
      trained("2", 4, "1"),
      trained("3", 5, "2"),
    ];
    assert.equal(earlierChampion(all, "3"), "2");
  });

  it("lead back to a champion from before they were recorded", () => {
    assert.equal(earlierChampion([trained("5", 1, "4")], "5"), "4");
  });

  it("lead nowhere from the first champion", () => {
    assert.equal(earlierChampion([trained("1", 1)], "1"), undefined);
    assert.equal(earlierChampion([], "1"), undefined);
    const back = [trained("1", 1), trained("2", 2, "1"), rolledBack("1", 3, "2")];
    assert.equal(earlierChampion(back, "1"), undefined);
  });
});
