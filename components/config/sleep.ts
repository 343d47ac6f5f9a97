import { z } from "zod";
import { cidrProblem } from "../lib/cidr.ts";
import { timeZoneProblem } from "../lib/sleep-hours.ts";
import { count, cron, ruled } from "./values.ts";

const time = cron.refine((schedule) => !schedule.startsWith("@every"), {
  error: "counts from when it was made: write the time of day, such as '0 20 * * 1-5'",
  params: { shown: true },
});

/** When an environment sleeps. */
export const sleep = z.strictObject({
  at: time.describe("When it falls asleep, as cron, e.g. `0 20 * * 1-5`."),
  wakeAt: time.describe("When it wakes, as cron, e.g. `0 7 * * 1-5`."),
  timeZone: ruled(timeZoneProblem)
    .prefault("UTC")
    .describe("Time zone of both, by its IANA name, e.g. `Europe/Paris`."),
  wakeOnRequest: z
    .boolean()
    .prefault(true)
    .describe("A prediction, or a person who opens the page, wakes it; off: the token alone."),
  awakeMinutes: count(5, 1440)
    .prefault(60)
    .describe("Minutes that it stays awake when it was woken in its hours of sleep."),
  apiServer: z
    .array(ruled(cidrProblem))
    .min(1, "is empty: name the API server's addresses")
    .describe(
      "Where the API of Kubernetes is, e.g. `10.0.0.1/32`, for a network policy: `kubectl get endpoints kubernetes` says it.",
    ),
});
