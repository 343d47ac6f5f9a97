/** Command line of `npm run predict`: a registered version answers all rows of a file, a set of files or a query. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { dataEnv } from "../lib/data-env.ts";
import { Failure } from "../lib/failure.ts";
import { runTraining } from "../lib/training-command.ts";
import { downloadPackage } from "./package-folder.ts";
import { openPlace, PLACE_OPTIONS } from "./place.ts";
import { versionToAsk } from "./version-to-ask.ts";

const USAGE = `usage: npm run predict -- --model NAME --in FILE|SOURCE --out FILE [OPTIONS]
  --model NAME       a registered model
  --version V        the version that answers; or
  --alias A          the version that has this alias (default: champion)
  --in FILE          CSV or Parquet by its name; or s3://, gs://, https://, file:PATTERN, postgres://
  --query SELECT     what to ask a postgres:// source; or --table NAME
  --credentials NAME where the account of a source is, as in a model YAML
  --format KIND      parquet or csv, where the name does not say it
  --out FILE         .csv or .parquet: all columns of the rows that are answered, and
                     the answer, its probability and the version's number
  --errors FILE      .csv: what is wrong with the others (default: OUT.errors.csv)
  --overwrite        replace these files
  --prefix TEXT      before the names of the columns that are added
  --delimiter SIGN   between the fields of CSV, also of --out (default ,)
  --decimal SIGN     . or , in the numbers of CSV, also of --out (default .)
  --thousands SIGN   between groups of digits in CSV
  --encoding NAME    of CSV, such as cp1252 (default utf-8, which --out always is)
  --compression KIND none, gzip, bz2, xz or zip, where the name does not say it
  --line-breaks      quoted fields may hold lines that look like rows
  --json             the counts, for a program
  --data-dir DIR     the data folder of the \`npm start\` that runs here (default .slipway)
exit codes: 0 done, some rows may be refused; 2 nothing was done; 3 every row is refused;
            4 a source, MLflow or the disk failed: run again`;

/** Handed on as they are: their meaning is Python's to know. */
const HANDED = {
  in: { type: "string" },
  query: { type: "string" },
  table: { type: "string" },
  credentials: { type: "string" },
  format: { type: "string" },
  out: { type: "string" },
  errors: { type: "string" },
  overwrite: { type: "boolean" },
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
  if (stack !== undefined) {
    const why = "signatures, which its API asks for, are not checked here";
    throw new Failure(
      `--stack ${stack}: ${why}; leave --stack out, or ask that stack's API (docs/prediction-api.md)`,
      2,
    );
  }
  const place = await openPlace({ context, "data-dir": dataDir });
  const scratch = mkdtempSync(path.join(tmpdir(), "slipway-predict-"));
  try {
    const folder = path.join(scratch, "package");
    const chosen = await place.withRegistry(async (registry) => {
      const { aliases } = await registry.model(model);
      const all = await registry.versions(model);
      const found = versionToAsk(model, all, aliases, { version, alias });
      await downloadPackage(registry, model, found, folder);
      return found;
    });
    const own = { package: folder, model, version: chosen, ...handed };
    const words = Object.entries(own).map(([option, value]) =>
      value === true ? `--${option}` : `--${option}=${String(value)}`,
    );
    await runTraining(["predict", ...words], dataEnv(dataDir ?? ".slipway"));
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
