import { runsAwake } from "../../lib/sleep-hours.ts";
import { type Rule, rule, when } from "./rule.ts";

const NEVER =
  "would never run: the environment sleeps at each of its times (in UTC). Move it into waking hours, or 'sleep.at'";

/** What the hours of sleep leave undone. */
export const sleepRules: Rule[] = [
  rule(["sleep"], ({ sleep }) =>
    when(
      sleep?.at === sleep?.wakeAt && sleep !== undefined,
      "sleep.wakeAt",
      "is when it falls asleep: name another time",
    ),
  ),

  rule(["sleep", "backup"], ({ sleep, backup }) =>
    sleep === undefined || backup === undefined
      ? []
      : [
          ...when(!runsAwake(sleep, backup.schedule), "backup.schedule", NEVER),
          ...when(!runsAwake(sleep, backup.drill.schedule), "backup.drill.schedule", NEVER),
        ],
  ),

  rule(["sleep", "models"], ({ sleep, models }) =>
    models.flatMap(({ training: { schedule } }, index) =>
      when(
        sleep !== undefined && schedule !== undefined && !runsAwake(sleep, schedule),
        `models.${index}.training.schedule`,
        NEVER,
      ),
    ),
  ),
];
