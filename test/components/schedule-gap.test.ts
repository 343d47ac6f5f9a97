import assert from "node:assert/strict";
import { lateAfter, longestGap } from "../../components/lib/schedule-gap.ts";

const [HOUR, DAY] = [3600, 86_400];

describe("the longest time between two runs of a schedule", () => {
  const gaps: [string, number][] = [
    ["20 * * * *", HOUR],
    ["*/15 * * * *", HOUR / 4],
    // By the last of a day and the first of the next.
    ["0,30 8-18 * * *", 13.5 * HOUR],
    ["0 3 * * *", DAY],
    ["0 3 * * 1", 7 * DAY],
    // From Friday to Monday.
    ["0 3 * * mon-fri", 3 * DAY],
    ["0 3 1 * *", 31 * DAY],
    // On the first and on each Monday, whichever comes.
    ["0 3 1 * 1", 7 * DAY],
    ["0 3 */2 * *", 2 * DAY],
    ["0 3 1 1 *", 366 * DAY],
    ["0 0 29 2 *", 1461 * DAY],
    ["@weekly", 7 * DAY],
    ["@hourly", HOUR],
    ["@every 1h30m", 1.5 * HOUR],
    ["@every 1ns", 60],
  ];
  for (const [schedule, seconds] of gaps) {
    it(`is ${seconds} s of '${schedule}'`, () => {
      assert.equal(longestGap(schedule), seconds);
    });
  }

  it("and a grace are waited for: as long again, a day at most, and an hour", () => {
    assert.equal(lateAfter("20 * * * *"), 3 * HOUR);
    assert.equal(lateAfter("0 3 * * *"), 49 * HOUR);
    assert.equal(lateAfter("0 3 * * 1"), 8 * DAY + HOUR);
  });
});
