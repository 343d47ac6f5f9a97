import { z } from "zod";
import { batches, capture, retrain } from "./loop.ts";
import { resources } from "./quantities.ts";
import { addresses, count, cron, ruled, webAddress } from "./values.ts";

const replicas = z
  .strictObject({
    min: count(1).prefault(2).describe("Replicas that always run."),
    max: count(1).prefault(10).describe("Replicas under full load."),
    cpuPercent: z
      .int()
      .min(1)
      .max(100)
      .prefault(50)
      .describe("Mean CPU use that adds a replica, in % of the request."),
  })
  .check((ctx) => {
    const { min, max } = ctx.value;
    if (min <= max) return;
    const message = `(${min}) exceeds max (${max}): lower it, or raise max`;
    ctx.issues.push({ code: "custom", input: min, path: ["min"], message });
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
    // In seconds it ends in a field of 32 bits.
    deadlineMinutes: count(1, Math.floor(2 ** 31 / 60))
      .prefault(30)
      .describe("Minutes after which training counts as failed."),
    resources: resources("250m", "512Mi", "2Gi").describe("One training."),
    addresses: addresses.describe(
      "Where the host of its `data.source` leads, e.g. `10.20.0.0/16`; absent, for a name: the internet.",
    ),
    endpoint: webAddress(["https:", "http:"])
      .optional()
      .describe("S3 service of its `data.source`; absent: Amazon's."),
  })
  .prefault({});

/** A ConfigMap gives the file to a training, under its own name (`IsConfigMapKey`). */
const CONFIG_MAP_KEY = 253;

/** One model: its YAML, how it is served and how it is trained. */
export const model = z.strictObject({
  file: ruled((text) =>
    /^[\w-][\w.-]*\.ya?ml$/.test(text) && text.length <= CONFIG_MAP_KEY
      ? undefined
      : "must be a file name such as diabetes.yaml, which is sought below training/models",
  ).describe("YAML below `training/models`."),
  nodePort: z
    .int()
    .min(30000)
    .max(32767)
    .optional()
    .describe(
      "Its port on every node, with `endpoint.kind: nodePort`. Absent, with one model: 30800; several state theirs, so that each keeps it whatever its neighbours do.",
    ),
  replicas: replicas.describe("Bounds of the autoscaler."),
  resources: resources("100m", "192Mi", "512Mi").describe("One replica of the prediction API."),
  training: training.describe("When and how the model is trained."),
  capture: capture.describe(
    "Present: predictions are kept, and drift and quality worked out from them.",
  ),
  retrain: retrain.describe(
    "Present: trains again where `retrain.when` of the YAML gives a reason.",
  ),
  batch: batches.describe("Rows that are answered all at once, at times."),
});
