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
    models.flatMap(({ training, capture, retrain, batch }, index) => {
      const schedules = {
        "training.schedule": training.schedule,
        "capture.schedule": capture?.schedule,
        "retrain.schedule": retrain?.schedule,
        ...Object.fromEntries(batch.map((one, at) => [`batch.${at}.schedule`, one.schedule])),
      };
      return Object.entries(schedules).flatMap(([key, schedule]) =>
        when(
          sleep !== undefined && schedule !== undefined && !runsAwake(sleep, schedule),
          `models.${index}.${key}`,
          NEVER,
        ),
      );
    }),
  ),
];
