import { z } from "zod";
import { labelProblem } from "../lib/object-names.ts";
import { isOftenerThanDaily, scheduleProblem } from "../lib/schedule.ts";
import { resources } from "./quantities.ts";
import { addresses, count, cron, objectName, ruled, text, webAddress } from "./values.ts";

// What closes the loop: predictions are kept and judged, models are trained again for a reason, rows are answered in batches.

/** Name of a Secret in the namespace. */
const account = (of: string) =>
  objectName
    .optional()
    .describe(
      `Name of a Secret in the namespace with ${of}; absent: the bundled store's own account.`,
    );

/** Where rows of others are read, of which `what` says which. */
const readFrom = (what: string) => ({
  source: text.describe(
    `Where ${what} are: \`s3://…\`, \`gs://…\`, \`https://…\` (a file, a folder or a pattern) or \`postgres://…\`.`,
  ),
  query: text.optional().describe(`With \`postgres://\`: the SELECT that gives ${what}.`),
  table: text.optional().describe("With `postgres://`: the table instead."),
  credentials: account("the account of `source`"),
  addresses: addresses.describe(
    "Where the host of `source` leads; absent, for a name: the internet.",
  ),
  endpoint: webAddress(["https:", "http:"])
    .optional()
    .describe("S3 service of `source`; absent: Amazon's."),
});

/** The prediction log of a model, and what is worked out from it. */
export const capture = z
  .strictObject({
    rate: z
      .number()
      .gt(0, "must be above 0: remove 'capture' where nothing is to be kept")
      .max(1)
      .prefault(1)
      .describe("Share of the requests that are kept."),
    drop: z.array(text).prefault([]).describe("Features that are never kept."),
    retentionDays: count(1, 3650)
      .prefault(90)
      .describe("Days that predictions, labels and what was found in them are kept."),
    schedule: cron
      .prefault("20 * * * *")
      .describe("When drift and quality are worked out, as cron."),
    rows: count(100, 500_000)
      .prefault(1000)
      .describe("Predictions that are enough: no older day is looked at."),
    days: count(1, 366).prefault(30).describe("Days with predictions that are looked at, at most."),
    labels: z
      .strictObject({
        ...readFrom("the labels"),
        id: text
          .prefault("request_id")
          .describe("Its column with the `X-Request-Id` of the prediction."),
        label: text
          .prefault("label")
          .describe("Its column with what was true; empty as long as nobody knows."),
        time: text
          .optional()
          .describe("Its column that says when that was known; absent: the table is of now."),
        row: text
          .optional()
          .describe("Its column with the place in a request of several rows; absent: the first."),
      })
      .optional()
      .describe("A table of labels, which are joined with those of `POST /feedback`."),
    resources: resources("100m", "384Mi", "2Gi").describe("One look."),
  })
  .optional();

/** When it is asked whether there is a reason to train, which `retrain.when` of the model's YAML says. */
export const retrain = z
  .strictObject({
    schedule: cron
      .prefault("40 * * * *")
      .describe("When it is asked whether there is a reason, as cron."),
  })
  .optional();

const S3_OR_GS = /^(s3|gs):\/\/[^/]+\/.+\.(csv|parquet)$/;

/** Rows that are answered all at once, at times. */
const batch = z.strictObject({
  name: ruled(labelProblem).describe("Tells the batches of a model apart."),
  ...readFrom("the rows"),
  to: ruled((address) => {
    if (!S3_OR_GS.test(address)) {
      return "must be an object such as s3://bucket/answers/{date}.parquet, with an ending of .parquet or .csv";
    }
    return address.includes("{date}")
      ? undefined
      : "has no {date}, without which only the first batch would ever be written: put it into the name";
  })
    .optional()
    .describe(
      "Object that the answered rows become, `{date}` being the day of UTC; absent: `batches/MODEL/NAME/{date}.parquet` of the stack's own bucket.",
    ),
  toCredentials: account("the account of `to`"),
  toAddresses: addresses.describe("Where the host of `to` leads; absent: the internet."),
  toEndpoint: webAddress(["https:", "http:"])
    .optional()
    .describe("S3 service of `to`; absent: Amazon's."),
  alias: text.prefault("champion").describe("Which version answers."),
  schedule: ruled(
    (schedule) =>
      scheduleProblem(schedule) ??
      (isOftenerThanDaily(schedule)
        ? "comes more than once a day, and only the first batch of a day would be written: name one time"
        : undefined),
  ).describe("When, as cron; at most once a day."),
  resources: resources("250m", "512Mi", "1Gi").describe("One batch."),
});

export const batches = z.array(batch).prefault([]);
