/** Command line of `npm run monitor`. */
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { Failure } from "../lib/failure.ts";
import { tell } from "../lib/tell.ts";
import { monitor, monitoredText } from "./monitoring.ts";
import { openPlace, PLACE_OPTIONS, PLACE_USAGE } from "./place.ts";

const USAGE = `usage: npm run monitor -- --model MODEL [--rows N] [--days N] [--json]
  --model MODEL      its champion by the prediction log: drift of each feature and, where labels
                     came, how good it has been
  --rows N           predictions after which no older day is read (default 1000)
  --days N           days with predictions that are read at most (default 30)
  --keep-days N      first deletes what the model's log, labels and results have of more than N
                     days ago, and its monitorings in MLflow
  --by-day           with --keep-days: by the day of a file alone, also where it came later, as
                     what a restore brought back did
  --labels SOURCE    a table of labels beside those that came: a file, s3://…, gs://…, https://… or
                     postgres://… with --labels-query SQL or --labels-table NAME; its account is
                     --labels-credentials NAME, its columns --labels-id (request_id),
                     --labels-label (label), --labels-time and --labels-row; how it is written say
                     --labels-format, and of CSV --labels-delimiter, --labels-encoding,
                     --labels-compression and --labels-line-breaks
  --json             for a program
${PLACE_USAGE}`;

/** What says where a table of labels is. */
const LABELS = Object.fromEntries(
  [
    ...["", "-query", "-table", "-credentials", "-id", "-label", "-time", "-row"],
    ...["-format", "-delimiter", "-encoding", "-compression"],
  ].map((end) => [`labels${end}`, { type: "string" }]),
) as Record<`labels${string}`, { type: "string" }>;

await runCommand(USAGE, async () => {
  const options = {
    ...PLACE_OPTIONS,
    model: { type: "string" },
    rows: { type: "string" },
    days: { type: "string" },
    "keep-days": { type: "string" },
    "by-day": { type: "boolean" },
    json: { type: "boolean" },
    ...LABELS,
    "labels-line-breaks": { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options });
  const { model, rows, days, "data-dir": dataDir = ".slipway" } = values;
  const { "keep-days": keepDays, "by-day": byDay } = values;
  if (model === undefined) throw new Failure(`--model is needed\n${USAGE}`, 2);
  for (const [name, text] of Object.entries({ rows, days, "keep-days": keepDays })) {
    if (text === undefined || /^[1-9]\d{0,8}$/.test(text)) continue;
    throw new Failure(`--${name} ${text}: give a whole number, 1 or more`, 2);
  }
  const labels = Object.keys(LABELS).flatMap((name) => {
    const value = (values as Record<string, unknown>)[name];
    return typeof value === "string" ? [`--${name}=${value}`] : [];
  });
  if (values["labels-line-breaks"] === true) labels.push("--labels-line-breaks");
  if (byDay === true && keepDays === undefined)
    throw new Failure("--by-day goes with --keep-days", 2);
  const reach = { rows, days, keepDays, byDay, labels };
  const place = await openPlace(values);
  const log = path.resolve(dataDir, "predictions");
  if (values.stack === undefined && !existsSync(log)) {
    const start = "start with `npm start -- --capture`, and ask the model something";
    throw new Failure(`${path.relative(process.cwd(), log)} is not there: ${start}`);
  }
  await place.needAwake();
  // Tells the names there are.
  await place.withRegistry((registry) => registry.model(model));
  const found = await place.withDataEnv((data) =>
    place.withMlflowEnv((mlflow) => monitor(model, reach, { ...data, ...mlflow })),
  );
  tell(values.json === true ? JSON.stringify(found) : monitoredText(found));
});
