import assert from "node:assert/strict";
import { oneModel, problems, refused } from "../support/config.ts";

const at = (schedule: unknown) => oneModel({ training: { schedule } });

describe("a schedule in the configuration", () => {
  const sound = [
    ...["0 3 * * 1", "*/15 * * * *", "0 0-6/2 * * *", "5/10 * * * *", "0,30 8-18 * * mon-fri"],
    ...[
      "0 0 1 JAN,jul ?",
      "0 0 29 2 *",
      "0 0 30 2 1",
      "0 0 31 1,2 *",
      "  0  3 * *\t1 ",
      "00 03 * * *",
    ],
    ...["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"],
    ...["@every 12h", "@every 1h30m", "@every 1.5h"],
  ];
  for (const schedule of sound) {
    it(`may be '${schedule}'`, () => {
      assert.deepEqual(problems(at(schedule)), []);
    });
  }

  const wrong: [string, RegExp][] = [
    [
      "a b c d e",
      /minute 'a' is not 0 to 59; hour 'b' .*; day of month 'c' .*; month 'd' .* jan to dec; day of week 'e'/,
    ],
    ["99 99 * * *", /minute '99' is not 0 to 59; hour '99' is not 0 to 23/],
    ["60 * * * *", /minute '60' is not 0 to 59/],
    ["* 24 * * *", /hour '24' is not 0 to 23/],
    ["* * 0 * *", /day of month '0' is not 1 to 31/],
    ["* * 32 * *", /day of month '32' is not 1 to 31/],
    ["* * * 13 *", /month '13' is not 1 to 12, or jan to dec/],
    ["* * * 0 *", /month '0' is not 1 to 12/],
    ["* * * * 7", /day of week '7' is not 0 to 6, or sun to sat \(0 is Sunday\)/],
    ["* * * * 5-7", /day of week '5-7' is not 0 to 6/],
    ["* * * mon *", /month 'mon' is not 1 to 12/],
    ["*/0 * * * *", /minute '\*\/0' has a step of 0/],
    ["*/x * * * *", /minute '\*\/x' is not a value, range/],
    ["5-1 * * * *", /minute '5-1' begins after its end/],
    ["* * * * sat-sun", /day of week 'sat-sun' begins after its end/],
    ["1-2-3 * * * *", /minute '1-2-3' is not a value, range/],
    ["1/2/3 * * * *", /minute '1\/2\/3' is not a value, range/],
    ["-1 * * * *", /minute '-1' is not a value/],
    ["1.5 * * * *", /minute '1\.5' is not a value/],
    ["1, * * * *", /minute '' is not a value/],
    ["* * L * *", /day of month 'L' is not 1 to 31/],
    ["* * * * 1#2", /day of week '1#2' is not a value/],
    ["0 0 30 2 *", /names a day that no year has/],
    ["0 0 31 4,6,9,11 *", /names a day that no year has/],
    ["0 3 * *", /is not a valid cron schedule of five fields/],
    ["0 0 3 * * 1", /is not a valid cron schedule of five fields/],
    ["daily", /is not a valid cron schedule of five fields/],
    ["", /is not a valid cron schedule of five fields/],
    ["@reboot", /is none of @yearly/],
    ["@every", /is none of @yearly/],
    ["@every soon", /or '@every' with a duration such as '@every 12h'/],
    ["@every 0s", /is none of @yearly/],
    ["@every -1h", /is none of @yearly/],
    ["TZ=UTC 0 3 * * 1", /cannot name a time zone/],
    ["CRON_TZ=Europe/Paris 0 3 * * 1", /cannot name a time zone/],
  ];
  for (const [schedule, message] of wrong) {
    it(`is not '${schedule}'`, () => {
      const whole = new RegExp(`^models\\.0\\.training\\.schedule: (?=.*${message.source})`);
      refused(at(schedule), whole);
      const [found = ""] = problems(at(schedule));
      assert.ok(found.endsWith(`(${JSON.stringify(schedule)})`), found);
    });
  }
});
