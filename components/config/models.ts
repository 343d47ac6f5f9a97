import { z } from "zod";
import { cron, resources, text } from "./values.ts";

const replicas = z
  .strictObject({
    min: z.int().min(1).prefault(2).describe("Replicas that always run."),
    max: z.int().min(1).prefault(10).describe("Replicas under full load."),
    cpuPercent: z
      .int()
      .min(1)
      .max(100)
      .prefault(50)
      .describe("Mean CPU use that adds a replica, in % of the request."),
  })
  .prefault({});

const training = z
  .strictObject({
    schedule: cron
      .optional()
      .describe("Trains again at these times, e.g. `0 3 * * 1`; absent: on change only."),
    retries: z
      .int()
      .min(0)
      .max(6)
      .prefault(2)
      .describe("Further tries after a crash; a rejected model is never retried."),
    deadlineMinutes: z
      .int()
      .min(1)
      .prefault(30)
      .describe("Minutes after which training counts as failed."),
    resources: resources("250m", "512Mi", "2Gi").describe("One training."),
  })
  .prefault({});

/** One model: its YAML, how it is served and how it is trained. */
export const model = z.strictObject({
  file: text
    .regex(/^[\w.-]+\.ya?ml$/, "must be a file name such as diabetes.yaml")
    .describe("YAML below `training/models`."),
  replicas: replicas.describe("Bounds of the autoscaler."),
  resources: resources("100m", "192Mi", "512Mi").describe("One replica of the prediction API."),
  training: training.describe("When and how the model is trained."),
});
