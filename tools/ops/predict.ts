/** Command line of `npm run predict`: a registered version answers all rows of a file, a set of files or a query. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { dataEnv } from "../lib/data-env.ts";
import { Failure } from "../lib/failure.ts";
import { runTraining } from "../lib/training-command.ts";
import { openPlace, PLACE_OPTIONS, PLACE_USAGE } from "./place.ts";
import { DATA_BUCKET } from "../../components/well-known.ts";

const USAGE = `usage: npm run predict -- --model NAME --in FILE|SOURCE --out FILE [OPTIONS]
  --model NAME       a registered model
  --version V        the version that answers; or
  --alias A          the version that has this alias (default: champion)
  --in FILE          CSV or Parquet by its name; or s3://, gs://, https://, file:PATTERN, postgres://
  --query SELECT     what to ask a postgres:// source; or --table NAME
  --credentials NAME where the account of a source is, as in a model YAML
  --format KIND      parquet or csv, where the name does not say it
  --out FILE         .csv or .parquet, also at s3://BUCKET/ or gs://BUCKET/: all columns of the rows that
                     are answered, and the answer, its probability and the version's number; {date} is today
  --out-credentials NAME where the account that writes there is
  --errors FILE      .csv: what is wrong with the others (default: OUT.errors.csv)
  --overwrite        replace these files
  --skip-existing    where OUT is already, all is done
  --prefix TEXT      before the names of the columns that are added
  --delimiter SIGN   between the fields of CSV, also of --out (default ,)
  --decimal SIGN     . or , in the numbers of CSV, also of --out (default .)
  --thousands SIGN   between groups of digits in CSV
  --encoding NAME    of CSV, such as cp1252 (default utf-8, which --out always is)
  --compression KIND none, gzip, bz2, xz or zip, where the name does not say it
  --line-breaks      quoted fields may hold lines that look like rows
  --json             the counts, for a program
${PLACE_USAGE}
exit codes: 0 done, some rows may be refused; 2 nothing was done; 3 every row is refused;
            4 a source, MLflow, a store or the disk failed: run again`;

/** A stack's own bucket of data. */
const OWN_BUCKET = `s3://${DATA_BUCKET}/`;

/** Handed on as they are: their meaning is Python's to know. */
const HANDED = {
  in: { type: "string" },
  query: { type: "string" },
  table: { type: "string" },
  credentials: { type: "string" },
  format: { type: "string" },
  out: { type: "string" },
  "out-credentials": { type: "string" },
  errors: { type: "string" },
  overwrite: { type: "boolean" },
  "skip-existing": { type: "boolean" },
  prefix: { type: "string" },
  delimiter: { type: "string" },
  decimal: { type: "string" },
  thousands: { type: "string" },
  encoding: { type: "string" },
  compression: { type: "string" },
  "line-breaks": { type: "boolean" },
  json: { type: "boolean" },
} as const;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...PLACE_OPTIONS,
      ...HANDED,
      model: { type: "string" },
      version: { type: "string" },
      alias: { type: "string" },
    },
  });
  const { stack, context, "data-dir": dataDir, model, version, alias, ...handed } = values;
  if (model === undefined) throw new Failure(`--model is needed\n${USAGE}`, 2);
  for (const needed of ["in", "out"] as const) {
    if (handed[needed] === undefined) throw new Failure(`--${needed} is needed\n${USAGE}`, 2);
  }
  if (version !== undefined && alias !== undefined) {
    throw new Failure("--version and --alias both name the version: leave one of them out", 2);
  }
  const place = await openPlace({ stack, context, "data-dir": dataDir });
  const which = version !== undefined ? { version } : { alias: alias ?? "champion" };
  const words = Object.entries({ model, ...which, ...handed }).map(([option, value]) =>
    value === true ? `--${option}` : `--${option}=${String(value)}`,
  );
  const inStore = [handed.in, handed.out, handed.errors].some((one) => one?.startsWith(OWN_BUCKET));
  await place.needAwake();
  await place.withMlflowEnv(async (mlflow) => {
    const keys = { MODEL_PUBLIC_KEYS: await place.publicKeys() };
    const predict = (data: Record<string, string>) =>
      runTraining(["predict", ...words], { ...mlflow, ...keys, ...data });
    if (stack !== undefined && inStore) await place.withDataEnv(predict);
    else await predict(dataEnv(dataDir ?? ".slipway"));
  });
});
