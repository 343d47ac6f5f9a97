import { CsvError, parse } from "csv-parse/sync";

import { isText, type Feature } from "../../model/package.ts";
import { jsonPointer } from "../../model/validator.ts";
import { Problem } from "../../problem.ts";
import { badField, type ProtocolRows } from "../protocol-rows.ts";

/** What `pandas.read_csv` takes for a missing value (STR_NA_VALUES): for packages that do not say it themselves. */
const PANDAS_MISSING: ReadonlySet<string> = new Set(
  [
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
  ].concat(["<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]),
);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads CSV with a header, as `DataFrame.to_csv()` writes it. Columns that the model does not know,
 * an index among them, are ignored. Faults point at `/row/column`, rows counted after the header.
 */
export function csvRows(text: string, features: readonly Feature[], maxRows: number): ProtocolRows {
  const [header, ...lines] = parsed(text, maxRows);
  if (header === undefined) throw new Problem(400, "malformed", "The CSV has no header line.");
  if (new Set(header).size < header.length) {
    throw badField("", "the header names a column twice");
  }
  const columns = features
    .map((feature) => ({
      feature,
      index: header.indexOf(feature.name),
      missing: missingTexts(feature),
    }))
    .filter(({ index }) => index >= 0);
  const rows = lines.map((line) =>
    Object.fromEntries(
      columns.map(({ feature, index, missing }) => [
        feature.name,
        cellValue(line[index] ?? "", feature, missing),
      ]),
    ),
  );
  return { rows, pathOf: jsonPointer };
}

function parsed(text: string, maxRows: number): string[][] {
  try {
    // One row more than is allowed is enough to see that there are too many.
    return parse(text, { bom: true, skip_empty_lines: true, to: maxRows + 2 });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // csv-parse's message may quote the line: its code says enough.
    const reason = error.code.slice("CSV_".length).toLowerCase().replaceAll("_", " ");
    throw new Problem(400, "malformed", `The body is not valid CSV: ${reason}.`);
  }
}

/** The texts that training took for missing in a column; a category is never one of them. */
function missingTexts({ missing, categories }: Feature): ReadonlySet<string> {
  const texts = missing === undefined ? PANDAS_MISSING : new Set(["", ...missing]);
  return new Set([...texts].filter((text) => categories?.includes(text) !== true));
}

/**
 * A category or text is the field's text as it stands. Of the others, text that is no number stays text: the model's validation
 * then says what it should be.
 */
function cellValue(text: string, feature: Feature, missing: ReadonlySet<string>): unknown {
  const { type } = feature;
  if (isText(feature)) return missing.has(text) ? null : text;
  const trimmed = text.trim();
  if (missing.has(trimmed)) return null;
  if (type === "datetime") return trimmed;
  if (type === "boolean" && /^(true|false)$/i.test(trimmed)) return /^t/i.test(trimmed);
  return NUMBER.test(trimmed) ? Number(trimmed) : text;
}
