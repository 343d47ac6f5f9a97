import { z } from "zod";
import { scheduleProblem } from "../lib/schedule.ts";
import { volume } from "./quantities.ts";
import { bucket, storageClass } from "./stores.ts";
import { count, ruled, storable } from "./values.ts";

const schedule = (example: string) => ruled(scheduleProblem).prefault(example);

const kept = (number: number, what: string) =>
  count(0, 10_000).prefault(number).describe(`How many of the last ${what} keep their newest.`);

/** Backups of database and artifacts. */
export const backup = z.strictObject({
  to: z
    .discriminatedUnion("kind", [
      z.strictObject({
        kind: z
          .literal("s3")
          .describe("A bucket outside of the environment: outlives its namespace."),
        ...bucket,
      }),
      z.strictObject({
        kind: z
          .literal("volume")
          .describe(
            "The volume `backup-data`: outlives database and object store, not the namespace.",
          ),
      }),
    ])
    .describe("Where backups are kept."),
  password: storable
    .optional()
    .describe(
      "Encrypts the backups; absent: generated. Keep it elsewhere too: nothing is restored without it.",
    ),
  schedule: schedule("15 2 * * *").describe(
    "When a backup is made, as cron; UTC in most clusters.",
  ),
  alertAfterHours: count(1, 8760)
    .prefault(50)
    .describe("Age of the newest backup, in hours, at which an alert fires."),
  keep: z
    .strictObject({
      last: count(1, 10_000).prefault(3).describe("How many of the newest are kept in any case."),
      daily: kept(7, "days"),
      weekly: kept(4, "weeks"),
      monthly: kept(12, "months"),
    })
    .prefault({})
    .describe("Which backups are kept."),
  drill: z
    .strictObject({
      schedule: schedule("45 3 * * 0").describe("When, as cron."),
      alertAfterHours: count(1, 8760)
        .prefault(400)
        .describe("Hours without a proven backup at which an alert fires."),
    })
    .prefault({})
    .describe("A restore of the newest backup into a throwaway database, asked for predictions."),
  pointInTime: z
    .strictObject({
      days: count(1, 365).prefault(7).describe("How many days it is possible to go back."),
      size: volume
        .prefault("5Gi")
        .describe("Room for a copy of the database and a day of its changes, on the node's disk."),
    })
    .optional()
    .describe(
      "Keeps every change of our own Postgres within a minute, so that it can be brought back as it was at any moment; absent: as it was at a backup.",
    ),
  size: volume
    .prefault("20Gi")
    .describe(
      "Size of the volume of the working copy: twice what the object store holds, three times with `to.kind: volume`.",
    ),
  storageClass,
});
